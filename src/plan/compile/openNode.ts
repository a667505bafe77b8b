import type { BatchSource } from '../batchSource.js'
import type { ProgramNode, RecordOp } from '../program.js'
import type { FileSplit, TaskHost } from '../taskHost.js'
import { type Awaitable, after, afterAll } from './after.js'
import { BatchIterator } from './batchIterator.js'
import { ConcatSource } from './concatSource.js'
import { drain } from './drain.js'
import { IndexedSource } from './indexedSource.js'
import { ArraySource, iterableSource } from './iterableSource.js'
import { loopSupport } from './loopSupport.js'
import { openCogroup, openCombine, openShuffle } from './openKeyed.js'
import { RangeSource } from './rangeSource.js'
import type { CompiledLoop } from './recordLoop.js'
import { takeColumns } from './takeColumns.js'
import type { TaskRun } from './taskRun.js'

export type OpenNode = (task: TaskRun, index: number, partition: number, input: unknown) => Awaitable<BatchSource>

/** Opens one node of the stage for one partition: the source of its records. */
export const openNode: OpenNode = (task, index, partition, input) => {
  const node = task.code.program.nodes[index]!
  const { host, environment } = task
  switch (node.kind) {
    case 'slice':
      return new ArraySource(environment.decodeRecords(typeof input === 'string' ? host.readBlob(input) : (input as Uint8Array)))
    case 'range': {
      const [first, step, count] = input as [number, number, number]
      return new RangeSource(first, step, count)
    }
    case 'text':
      return host.openText(input as FileSplit)
    case 'fixedRecords':
      return host.openFixedRecords(input as FileSplit, node.length)
    case 'wholeFiles':
      return host.openWholeFiles(input as string[], node.as)
    case 'objects':
      return host.openObjects(input as string)
    case 'records':
      return after(openNode(task, node.parent, partition, input), (source) => openRecords(task, index, node.ops, partition, source))
    case 'partitions':
      return openPartitions(task, node, partition, input as unknown[])
    case 'union': {
      const parts = input as [branch: number, index: number, input: unknown][]
      return concat(
        task,
        index,
        input,
        parts.map(
          ([branch, at, part]) =>
            () =>
              openNode(task, node.parents[branch]!, at, part),
        ),
      )
    }
    case 'coalesce': {
      const parts = input as [index: number, input: unknown][]
      return concat(
        task,
        index,
        input,
        parts.map(
          ([at, part]) =>
            () =>
              openNode(task, node.parent, at, part),
        ),
      )
    }
    case 'cartesian':
      return openCartesian(task, node, input as [number, unknown, number, unknown])
    case 'shuffleRead':
      return openShuffle(task, node, partition)
    case 'combine':
      return after(openNode(task, node.parent, partition, input), (source) => openCombine(task, node.combiner, partition, source))
    case 'cogroup':
      return openCogroup(task, node, partition, input as unknown[], openNode)
    case 'pipe':
      return after(openNode(task, node.parent, partition, input), (source) => host.pipe(node.spec, source))
    case 'zipWithIndex':
      return after(openNode(task, node.parent, partition, input), (source) => new IndexedSource(source, node.starts, partition, node.operation))
    case 'cached':
      return openCached(task, node, partition, input)
  }
}

function concat(task: TaskRun, index: number, input: unknown, openers: (() => Awaitable<BatchSource>)[]): Awaitable<BatchSource> {
  if (openers.length === 1) return openers[0]!()
  return new ConcatSource(openers, task.host.remote || task.code.mayWait(index) || readsGzip(input))
}

/** Packed text is the one input that comes only when it is waited for. */
function readsGzip(input: unknown): boolean {
  return Array.isArray(input) ? input.some(readsGzip) : (input as { compression?: unknown } | null)?.compression === 'gzip'
}

/** A chain of record steps in front of something that reads batches. */
function openRecords(task: TaskRun, index: number, steps: readonly RecordOp[], partition: number, from: BatchSource): BatchSource {
  const { ops, source } = takeColumns(task, partition, steps, from)
  if (ops.length === 0) return source
  const fns = ops.map((op) => ('fn' in op ? task.fn(op.fn, partition) : undefined))
  const end = { state: 'let out = [];', record: (v: string) => `out.push(${v});`, result: 'out', stop: 'false' }
  const loop = task.code.loop(`${index} ${ops.length}`, ops, { ...end, result: '(() => { const full = out; out = []; return full })()' })(
    fns,
    loopSupport,
    undefined,
  )
  return new LoopSource(source, loop)
}

class LoopSource implements BatchSource {
  readonly mayWait: boolean
  constructor(
    readonly source: BatchSource,
    readonly loop: CompiledLoop,
  ) {
    this.mayWait = source.mayWait === true
  }
  next(): readonly unknown[] | null | Promise<readonly unknown[] | null> {
    for (;;) {
      const batch = this.source.next()
      if (batch instanceof Promise) return this.#wait(batch)
      if (batch === null) return null
      this.loop.process(batch)
      const out = this.loop.result() as unknown[]
      if (out.length > 0) return out
    }
  }
  close(): void {
    this.source.close()
  }
  async #wait(first: Promise<readonly unknown[] | null>): Promise<readonly unknown[] | null> {
    for (let batch = await first; batch !== null; batch = await this.source.next()) {
      this.loop.process(batch)
      const out = this.loop.result() as unknown[]
      if (out.length > 0) return out
    }
    return null
  }
}

/** The records of a source as an iterator; a source that waits is read into a buffer (on disk when it is large) first. */
export function iterate(source: BatchSource, host: TaskHost): Awaitable<BatchIterator> {
  if (source.mayWait !== true) return new BatchIterator(source, host)
  return host.buffer(source).then((buffered) => new BatchIterator(buffered, host))
}

function openPartitions(task: TaskRun, node: Extract<ProgramNode, { kind: 'partitions' }>, partition: number, inputs: unknown[]): Awaitable<BatchSource> {
  const fn = task.fn(node.fn, partition)
  const sources = node.parents.map((parent, at) => openNode(task, parent, partition, inputs[at]))
  return afterAll(sources, (opened) =>
    afterAll(
      opened.map((source) => iterate(source, task.host)),
      (iterators) => {
        const close = (): void => {
          for (const iterator of iterators) iterator.return()
        }
        let given: unknown
        try {
          given = fn(...iterators)
        } catch (error) {
          close()
          throw error
        }
        return after(given as Awaitable<unknown>, (value) => iterableSource(value, node.operation, close))
      },
    ),
  )
}

function openCartesian(task: TaskRun, node: Extract<ProgramNode, { kind: 'cartesian' }>, input: [number, unknown, number, unknown]): Awaitable<BatchSource> {
  const [leftIndex, leftInput, rightIndex, rightInput] = input
  // the right side is read once for every batch of the left one, so it is kept (on disk when it is large)
  return after(openNode(task, node.left, leftIndex, leftInput), (left) => {
    let batch: readonly unknown[] = []
    let right: BatchSource | undefined
    const rest: unknown[][] = []
    const advance = (): Awaitable<readonly unknown[] | null> => {
      const ready = rest.pop()
      if (ready) return ready
      if (!right) {
        return after(left.next(), (next) => {
          if (next === null) return null
          batch = next.slice()
          return after(openNode(task, node.right, rightIndex, rightInput), (opened) => {
            right = opened
            return advance()
          })
        })
      }
      return after(right.next(), (others) => {
        if (others === null) {
          right?.close()
          right = undefined
          return advance()
        }
        for (let i = batch.length - 1; i >= 0; i--) rest.push(others.map((other) => [batch[i], other]))
        return advance()
      })
    }
    const mayWait = left.mayWait === true || task.host.remote || task.code.mayWait(node.right) || readsGzip(input)
    return {
      mayWait,
      next: advance,
      close: () => {
        left.close()
        right?.close()
      },
    }
  })
}

function openCached(task: TaskRun, node: Extract<ProgramNode, { kind: 'cached' }>, partition: number, input: unknown): Awaitable<BatchSource> {
  const { host } = task
  return after(host.readCache(node.rddId, partition), (hit) => {
    if (hit) return hit
    return after(openNode(task, node.parent, partition, input), (source) => {
      const sink = host.writeCache(node.rddId, partition, node.level)
      let written: Awaitable<void>
      try {
        const take = (batch: readonly unknown[]): boolean => {
          sink.write(batch)
          return false
        }
        written = drain(source, take, host)
      } catch (error) {
        sink.abort()
        throw error
      }
      const done = after(written, () => sink.commit())
      const failed = (error: unknown): never => {
        sink.abort()
        throw error
      }
      return done instanceof Promise ? done.catch(failed) : done
    })
  })
}
