import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { decodeValue } from '../../../src/closure/decodeValue.js'
import { encodeValue } from '../../../src/closure/encodeValue.js'
import { registerHandle } from '../../../src/closure/handles.js'
import { installRuntime } from '../../../src/closure/installRuntime.js'
import { reviveFunction } from '../../../src/closure/reviveFunction.js'
import { shipFunction } from '../../../src/closure/shipFunction.js'
import { TsparkError } from '../../../src/events/tsparkError.js'

// Either side of a shipment, in a process of its own: what main ships, and what an executor makes of it.

export interface Shipment {
  name: string
  args: unknown[]
  /** what the function gives in the driver */
  direct?: string
  functionName?: string
  payload?: Uint8Array
  error?: string
  hint?: string
  location?: string
  stack?: string
}

export interface Arrival {
  name: string
  value: string
  functionName: string
  /** the value as it comes out of a message */
  again: string
}

export type Order = { bundlePath: string; metaPath: string } & ({ role: 'driver' } | { role: 'executor'; shipments: Shipment[] })

type AnyFunction = (...args: unknown[]) => unknown

class Handle {
  constructor(readonly id: number) {}
  get value(): string {
    return `driver ${this.id}`
  }
  [Symbol.for('tspark.handle')](): [string, unknown] {
    return ['handle', this.id]
  }
}

class Forbidden {
  get [Symbol.for('tspark.forbid')](): string {
    return 'the SparkContext'
  }
}

class Partitioner {
  readonly partitions = 2
}

async function told(make: () => unknown): Promise<string> {
  try {
    return inspect(await make(), { depth: 9, sorted: true })
  } catch (error) {
    return `throws ${(error as Error).name}: ${(error as Error).message}`
  }
}

async function drive(main: (job: object) => unknown): Promise<Shipment[]> {
  const shipments: Shipment[] = []
  const pending: Promise<void>[] = []
  function ship(name: string, fn: AnyFunction, ...args: unknown[]): void {
    const shipment: Shipment = { name, args }
    shipments.push(shipment)
    try {
      shipment.payload = shipFunction(fn, 'map', ship).payload
    } catch (error) {
      if (!TsparkError.is(error)) throw error
      Object.assign(shipment, { error: error.message, hint: error.hint, location: error.location, stack: error.stack })
      return
    }
    shipment.functionName = fn.name
    pending.push(
      told(() => fn(...args)).then((direct) => {
        shipment.direct = direct
      }),
    )
  }
  await main({
    ship,
    record: (name: string, value: unknown) => shipments.push({ name, args: [], direct: inspect(value), error: recordError(value) }),
    sc: new Forbidden(),
    handle: new Handle(7),
  })
  await Promise.all(pending)
  return shipments
}

function recordError(value: unknown): string | undefined {
  try {
    encodeValue(value)
    return undefined
  } catch (error) {
    return `${(error as TsparkError).code}: ${(error as Error).message}`
  }
}

async function receive(shipments: readonly Shipment[]): Promise<Arrival[]> {
  const arrivals: Arrival[] = []
  for (const { name, args, payload } of shipments) {
    if (!payload) continue
    let functionName = ''
    let result: unknown
    const value = await told(async () => {
      const fn = (await reviveFunction(payload)) as AnyFunction
      functionName = fn.name
      result = await fn(...args)
      return result
    })
    arrivals.push({ name, value, functionName, again: await told(() => decodeValue(encodeValue(result))) })
  }
  return arrivals
}

process.once('message', async (order: Order) => {
  try {
    registerHandle('handle', (id) => ({ value: `executor ${String(id)}` }))
    installRuntime({
      role: order.role,
      api: () => ({ Partitioner, defineJob: (main: unknown) => main }),
      metaPath: order.role === 'driver' ? order.metaPath : undefined,
    })
    const { default: main } = (await import(pathToFileURL(order.bundlePath).href)) as { default: (job: object) => unknown }
    const answer = order.role === 'driver' ? await drive(main) : await receive(order.shipments)
    process.send!({ answer }, () => process.disconnect())
  } catch (error) {
    process.send!({ failure: (error as Error).stack }, () => process.disconnect())
  }
})
