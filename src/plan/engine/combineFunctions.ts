import type { EngineMaker } from '../engineFunctions.js'
import { HyperLogLog } from './hyperLogLog.js'

/** Parts of combiners: how values of one key come together. */
export const combineFunctions: Readonly<Record<string, EngineMaker>> = {
  /** distinct: one of each */
  keepFirst: () => (first: unknown) => first,
  add: () => (a: number, b: number) => a + b,
  /** aggregateByKey: [encoded zero], fns[0] the sequence function; every key begins with a zero of its own */
  fromZero:
    ({ args: [zero], fns: [seq], environment }) =>
    (value: unknown) =>
      seq!(environment.decodeValue(zero as Uint8Array), value),
  sketchOf:
    ({ args: [precision] }) =>
    (value: unknown) =>
      HyperLogLog.create(precision as number).add(value).registers,
  sketchAdd: () => (registers: Uint8Array, value: unknown) => new HyperLogLog(registers).add(value).registers,
  sketchMerge: () => (a: Uint8Array, b: Uint8Array) => new HyperLogLog(a).merge(b).registers,
  sketchCount: () => (registers: Uint8Array) => new HyperLogLog(registers).estimate(),
}
