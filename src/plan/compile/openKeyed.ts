import type { BatchSource } from '../batchSource.js'
import type { CombinerRef, ProgramNode } from '../program.js'
import { type Awaitable, after, afterAll } from './after.js'
import { drain } from './drain.js'
import { loopSupport } from './loopSupport.js'
import type { OpenNode } from './openNode.js'
import type { TaskRun } from './taskRun.js'

/** Frees what a keyed step holds when feeding it fails. */
function guarded<T extends { close(): void }>(holder: T, feed: () => Awaitable<void>, finish: () => BatchSource): Awaitable<BatchSource> {
  let fed: Awaitable<void>
  try {
    fed = feed()
    if (!(fed instanceof Promise)) return finish()
  } catch (error) {
    holder.close()
    throw error
  }
  return fed.then(finish).catch((error) => {
    holder.close()
    throw error
  })
}

/** The pairs of a reducer: as they come, combined by key, or sorted. */
export function openShuffle(task: TaskRun, node: Extract<ProgramNode, { kind: 'shuffleRead' }>, partition: number): Awaitable<BatchSource> {
  const { host } = task
  const source = host.shuffleReader({ shuffleId: node.shuffleId, from: partition, to: partition + 1 })
  if (node.combiner) {
    return node.combined ? openMerge(task, node.combiner, partition, source) : openCombine(task, node.combiner, partition, source)
  }
  if (!node.order) return source
  const sorter = host.sorter(task.fn(node.order, partition))
  return guarded(
    sorter,
    () =>
      drain(
        source,
        (batch) => {
          for (let i = 0; i < batch.length; i++) sorter.insert(batch[i])
          return false
        },
        host,
      ),
    () => sorter.finish(),
  )
}

/** Combines pairs by key within a partition. */
export function openCombine(task: TaskRun, ref: CombinerRef, partition: number, source: BatchSource): Awaitable<BatchSource> {
  const aggregator = task.host.aggregator(task.combiner(ref, partition))
  return guarded(
    aggregator,
    () =>
      drain(
        source,
        (batch) => {
          for (let i = 0; i < batch.length; i++) {
            const pair = batch[i] as [unknown, unknown]
            if (!Array.isArray(pair)) loopSupport.notPair(pair)
            aggregator.insert(pair[0], pair[1])
          }
          return false
        },
        task.host,
      ),
    () => aggregator.finish(),
  )
}

/** Merges pairs whose values were combined before the shuffle. */
function openMerge(task: TaskRun, ref: CombinerRef, partition: number, source: BatchSource): Awaitable<BatchSource> {
  const aggregator = task.host.aggregator(task.combiner(ref, partition))
  return guarded(
    aggregator,
    () =>
      drain(
        source,
        (batch) => {
          for (let i = 0; i < batch.length; i++) {
            const pair = batch[i] as [unknown, unknown]
            aggregator.merge(pair[0], pair[1])
          }
          return false
        },
        task.host,
      ),
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
      const fed = drain(
        source,
        (batch) => {
          for (let i = 0; i < batch.length; i++) {
            const pair = batch[i] as [unknown, unknown]
            if (!Array.isArray(pair)) loopSupport.notPair(pair)
            cogrouper.insert(at, pair[0], pair[1])
          }
          return false
        },
        host,
      )
      return after(fed, () => feed(at + 1))
    }
    return guarded(
      cogrouper,
      () => feed(0),
      () => (node.join ? cogrouper.join(node.join) : cogrouper.finish()),
    )
  })
}
