import { OperationError } from './operationError.js'

/** A record as the pair that it has to be. */
export function asPair(record: unknown): [unknown, unknown] {
  if (!Array.isArray(record)) notPair(record)
  return record as [unknown, unknown]
}

/** Refuses a record of an operation on pairs. */
export function notPair(record: unknown): never {
  const shown = typeof record === 'string' ? JSON.stringify(record.slice(0, 40)) : typeof record === 'object' && record !== null ? 'an object' : String(record)
  throw new OperationError('TSPARK_RECORD', `an operation on pairs met ${shown}, which is no [key, value] pair`, {
    hint: 'map the records to [key, value] first',
  })
}
