import type { BatchSource } from '../batchSource.js'
import { atOperation } from '../operationError.js'
import type { CombinerRef, ProgramNode } from '../program.js'
import { type Awaitable, after, afterAll } from './after.js'
import { drainPairs } from './drainPairs.js'
import type { OpenNode } from './openNode.js'
import type { TaskRun } from './taskRun.js'

/** Frees what a keyed step holds when feeding it fails. @param operation what the user called, to name it in errors about keys */
function guarded<T extends { close(): void }>(holder: T, feed: () => Awaitable<void>, finish: () => BatchSource, operation?: string): Awaitable<BatchSource> {
  const failed = (error: unknown): never => {
    holder.close()
    throw operation === undefined ? error : atOperation(error, operation)
  }
  let fed: Awaitable<void>
  try {
    fed = feed()
    if (!(fed instanceof Promise)) return finish()
  } catch (error) {
    return failed(error)
  }
  return fed.then(finish).catch(failed)
}

/** The pairs of a reducer: as they come, combined by key, or sorted. */
export function openShuffle(task: TaskRun, node: Extract<ProgramNode, { kind: 'shuffleRead' }>, partition: number): Awaitable<BatchSource> {
  const { host } = task
  const source = host.shuffleReader({ shuffleId: node.shuffleId, from: partition, to: partition + 1 })
  if (node.combiner) return openCombine(task, node.combiner, partition, source, node.combined)
  if (!node.order) return source
  const sorter = host.sorter(task.fn(node.order.by, partition))
  return guarded(
    sorter,
    () => drainPairs(source, (pairs) => sorter.insert(pairs), host),
    () => sorter.finish(),
    node.order.operation,
  )
}

/** Combines pairs by key within a partition; their values may have been combined before a shuffle. */
export function openCombine(task: TaskRun, ref: CombinerRef, partition: number, source: BatchSource, combined = false): Awaitable<BatchSource> {
  const { host } = task
  const aggregator = host.aggregator(task.combiner(ref, partition))
  return guarded(
    aggregator,
    () => drainPairs(source, (pairs) => (combined ? aggregator.merge(pairs) : aggregator.insert(pairs)), host),
    () => aggregator.finish(),
  )
}

/** Groups the pairs of several inputs by key. */
export function openCogroup(
  task: TaskRun,
  node: Extract<ProgramNode, { kind: 'cogroup' }>,
  partition: number,
  inputs: readonly unknown[],
  openNode: OpenNode,
): Awaitable<BatchSource> {
  const { host } = task
  const sources = node.inputs.map((input, at) =>
    'parent' in input
      ? openNode(task, input.parent, partition, inputs[at])
      : host.shuffleReader({ shuffleId: input.shuffleId, from: partition, to: partition + 1 }),
  )
  return afterAll<BatchSource, BatchSource>(sources, (opened) => {
    const cogrouper = host.cogrouper(opened.length)
    const feed = (at: number): Awaitable<void> => {
      const source = opened[at]
      if (!source) return
      const fed = drainPairs(source, (pairs) => cogrouper.insert(at, pairs), host)
      return after(fed, () => feed(at + 1))
    }
    return guarded(
      cogrouper,
      () => feed(0),
      () => (node.join ? cogrouper.join(node.join) : cogrouper.finish()),
    )
  })
}
