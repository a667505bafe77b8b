import { availableParallelism } from 'node:os'

/**
 * What the runtime of a worker's executors is started with. Where slots have every core, a function that is optimised beside its slot
 * takes the core of another one, and until it gets it the slot runs slow code: the slot itself is done sooner, and optimises less that
 * is out of date by then.
 * @param cores of the worker
 */
export function executorFlags(cores: number): string[] {
  // No --max-old-space-size: it would override the limits the executor sets on the heaps of its slots.
  return cores < availableParallelism() ? [] : ['--no-concurrent-recompilation']
}
