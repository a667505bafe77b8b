import { TsparkError } from '../events/tsparkError.js'
import { type ConnectOptions, connect } from './connect.js'
import type { Connection } from './connection.js'

/** Dials all addresses of a comma list at once: a master that stands by does not listen, so the active one answers. Fails as `connect` does. */
export async function connectToMaster(urls: string, options: ConnectOptions): Promise<Connection> {
  const all = urls.split(',')
  if (all.length === 1) return await connect(urls, options)
  let found: Connection | undefined
  const tries = all.map(async (url) => {
    const connection = await connect(url, options)
    if (found) connection.close('another master answered first')
    else found = connection
    return found
  })
  try {
    return await Promise.any(tries)
  } catch (error) {
    const { errors } = error as AggregateError
    const refusal = errors.find((cause) => !TsparkError.is(cause) || cause.code !== 'TSPARK_MASTER_UNREACHABLE')
    throw (
      refusal ??
      new TsparkError('TSPARK_MASTER_UNREACHABLE', `no master is active: ${errors.map(({ message }) => message).join('; ')}`, { hint: errors[0]?.hint })
    )
  }
}
