import { type BatchSource, isPairSource, type Lines, type PairColumns } from '../batchSource.js'
import { atOperation } from '../operationError.js'
import type { RecordOp, Terminal } from '../program.js'
import { type Awaitable, after } from './after.js'
import { boundedOrder } from './boundedOrder.js'
import { drain } from './drain.js'
import { drainPairs } from './drainPairs.js'
import { loopSupport } from './loopSupport.js'
import { iterate, type OpenNode } from './openNode.js'
import { PAIRS } from './pairsEnd.js'
import type { LoopEnd } from './recordLoop.js'
import { takeColumns } from './takeColumns.js'
import type { TaskOutput } from './taskOutput.js'
import type { TaskRun } from './taskRun.js'

/** Runs a whole task: the steps at the root are fused with what becomes of the records. */
export function runTerminal(task: TaskRun, openNode: OpenNode, partition: number, input: unknown): Awaitable<TaskOutput> {
  const { root, terminal, nodes } = task.code.program
  if (terminal.kind === 'partition') {
    return after(openNode(task, root, partition, input), (source) => runFunction(task, terminal, partition, source))
  }
  // the steps right before the end run in the same loop as the end
  const last = nodes[root]!
  const [ops, from] = last.kind === 'records' ? [last.ops, last.parent] : [[], root]
  return after(openNode(task, from, partition, input), (source) => runLoop(task, terminal, ops, partition, source))
}

function runLoop(
  task: TaskRun,
  terminal: Exclude<Terminal, { kind: 'partition' }>,
  steps: readonly RecordOp[],
  partition: number,
  from: BatchSource,
): Awaitable<TaskOutput> {
  const end = startEnd(task, terminal, partition)
  const { ops, source, nextLines } = takeColumns(task, partition, steps, from)
  const fns = ops.map((op) => ('fn' in op ? task.fn(op.fn, partition) : undefined))
  const loop = task.code.loop(`end ${ops.length}`, ops, end.code)(fns, loopSupport, end.context)
  let drained: Awaitable<void>
  try {
    if (end.lines && ops.length === 0 && nextLines) drained = drainLines({ next: nextLines, close: () => source.close() }, end.lines, task)
    else if (end.pairs && ops.length === 0 && isPairSource(source)) drained = drainPairs(source, end.pairs, task.host)
    else drained = drain(source, (batch) => loop.process(batch), task.host)
    if (!(drained instanceof Promise)) return end.finish(loop.result())
  } catch (error) {
    end.abort?.()
    throw named(error, terminal)
  }
  return drained
    .then(() => end.finish(loop.result()))
    .catch((error) => {
      end.abort?.()
      throw named(error, terminal)
    })
}

/** The stage of a shuffle's maps has the name of what comes before: a bad key is told with the operation that shuffles. */
function named(error: unknown, terminal: Terminal): unknown {
  return terminal.kind === 'shuffleWrite' ? atOperation(error, terminal.operation) : error
}

/** No string is made for lines that the source has as bytes. */
function drainLines(source: { next(): Lines | null; close(): void }, take: (lines: Lines) => void, task: TaskRun): Awaitable<void> {
  const process = (lines: Lines): boolean => {
    take(lines)
    return false
  }
  return drain(source, process, task.host)
}

interface TaskEnd {
  code: LoopEnd
  context: unknown
  finish(value: unknown): Awaitable<TaskOutput>
  /** takes records that come as lines, in place of the loop */
  lines?(lines: Lines): void
  /** takes pairs that come as columns, in place of the loop */
  pairs?(pairs: PairColumns): void
  abort?(): void
}

const COLLECT: LoopEnd = { state: 'const out = [];', record: (v) => `out.push(${v});`, result: 'out' }

function startEnd(task: TaskRun, terminal: Exclude<Terminal, { kind: 'partition' }>, partition: number): TaskEnd {
  const { environment, host } = task
  const value = (given: unknown): TaskOutput => ({ kind: 'result', bytes: environment.encodeValue(given) })
  const records = (given: unknown): TaskOutput => ({ kind: 'result', bytes: environment.encodeRecords(given as unknown[]) })
  switch (terminal.kind) {
    case 'shuffleWrite': {
      const writer = host.shuffleWriter({
        shuffleId: terminal.shuffleId,
        numReducers: terminal.numReducers,
        partition: task.fn(terminal.partition, partition),
        combiner: terminal.combiner && task.combiner(terminal.combiner, partition),
      })
      return {
        code: PAIRS,
        context: writer,
        pairs: (pairs) => writer.write(pairs),
        finish: () => after(writer.commit(), (output) => ({ kind: 'map', output })),
        abort: () => writer.abort(),
      }
    }
    case 'collect':
      return { code: COLLECT, context: undefined, finish: records }
    case 'count':
      return { code: { state: 'let n = 0;', record: () => 'n++;', result: 'n' }, context: undefined, finish: value }
    case 'reduce':
      return {
        code: { state: 'let any = false, acc;', record: (v) => `if (any) acc = end(acc, ${v}); else { any = true; acc = ${v}; }`, result: 'any ? [acc] : []' },
        context: task.fn(terminal.fn, partition),
        finish: value,
      }
    case 'fold':
      return {
        code: { state: 'let acc = end.zero; const fold = end.fn;', record: (v) => `acc = fold(acc, ${v});`, result: 'acc' },
        context: { zero: environment.decodeValue(terminal.zero), fn: task.fn(terminal.fn, partition) },
        finish: value,
      }
    case 'foreach': {
      // a promise that nobody waits for would be lost with the task
      const waiting: Promise<unknown>[] = []
      const fn = task.fn(terminal.fn, partition)
      const call = (record: unknown): void => {
        const given: unknown = fn(record)
        if (given instanceof Promise) waiting.push(given)
      }
      return {
        code: { state: '', record: (v) => `end(${v});`, result: 'undefined' },
        context: call,
        finish: () => (waiting.length > 0 ? Promise.all(waiting).then(() => value(undefined)) : value(undefined)),
      }
    }
    case 'take':
      return {
        code: {
          state: 'const out = [], limit = end;',
          record: (v) => `if (out.length < limit) out.push(${v}); if (out.length >= limit) return true;`,
          stop: 'out.length >= limit',
          result: 'out',
        },
        context: terminal.limit,
        finish: records,
      }
    case 'ordered': {
      const order = boundedOrder(terminal.limit, task.fn(terminal.compare, partition))
      return { code: { state: '', record: (v) => `end.add(${v});`, result: 'end.sorted()' }, context: order, finish: records }
    }
    case 'saveText': {
      const sink = host.openTextOutput({ staging: terminal.staging, partition, compression: terminal.compression })
      return {
        code: { state: '', record: (v) => `end.write(typeof ${v} === 'string' ? ${v} : String(${v}));`, result: 'undefined' },
        context: sink,
        lines: (lines) => sink.writeLines(lines),
        finish: () => commitOutput(task, sink),
        abort: () => sink.abort(),
      }
    }
    case 'saveObjects': {
      const sink = host.openObjectOutput({ staging: terminal.staging, partition })
      const batch: unknown[] = []
      const flush = (): void => {
        if (batch.length > 0) sink.write(batch.splice(0))
      }
      return {
        code: { state: '', record: (v) => `if (end.batch.push(${v}) >= 1024) end.flush();`, result: 'undefined' },
        context: { batch, flush },
        finish: () => {
          flush()
          return commitOutput(task, sink)
        },
        abort: () => sink.abort(),
      }
    }
  }
}

/** An output becomes part of the result only if the driver grants it: of several attempts one is taken. */
async function commitOutput(task: TaskRun, sink: { commit(): unknown; abort(): void }): Promise<TaskOutput> {
  if (!(await task.host.mayCommit())) {
    sink.abort()
    throw new CommitDenied()
  }
  return { kind: 'result', bytes: task.environment.encodeValue(sink.commit()) }
}

/** Another attempt at the same partition was faster. */
export class CommitDenied extends Error {
  override readonly name = 'CommitDenied'
}

function runFunction(task: TaskRun, terminal: Extract<Terminal, { kind: 'partition' }>, partition: number, source: BatchSource): Awaitable<TaskOutput> {
  const fn = task.fn(terminal.fn, partition)
  return after(iterate(source, task.host), (iterator) => {
    const close = (): void => void iterator.return()
    let given: Awaitable<unknown>
    try {
      given = fn(iterator)
    } catch (error) {
      close()
      throw error
    }
    const finish = (value: unknown): TaskOutput => {
      const bytes = task.environment.encodeValue(value)
      close()
      return { kind: 'result', bytes }
    }
    return given instanceof Promise ? given.then(finish).finally(close) : finish(given)
  })
}
