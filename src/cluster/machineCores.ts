import { availableParallelism } from 'node:os'

/** Cores this process may use. */
export function machineCores(): number {
  return Math.max(1, availableParallelism())
}
