import { TsparkError } from '../../events/tsparkError.js'
import type { AnyFunction, EngineMaker } from '../engineFunctions.js'

type Records = IterableIterator<unknown>

/** Record-wise functions that wait: at most [concurrency] at once, results in the order of the records. */
export const asyncFunctions: Readonly<Record<string, EngineMaker>> = {
  mapAsync:
    ({ args: [concurrency], fns: [fn] }) =>
    (records: Records) =>
      inOrder(records, fn!, concurrency as number, (_, value, out) => void out.push(value)),
  filterAsync:
    ({ args: [concurrency], fns: [fn] }) =>
    (records: Records) =>
      inOrder(records, fn!, concurrency as number, (record, keep, out) => {
        if (keep) out.push(record)
      }),
  flatMapAsync:
    ({ args: [concurrency], fns: [fn] }) =>
    (records: Records) =>
      inOrder(
        records,
        (record: unknown) => gathered(fn!(record)),
        concurrency as number,
        (_, values, out) => {
          for (const value of values as unknown[]) out.push(value)
        },
      ),
  /** for actions: waits for all, gives nothing */
  forEachAsync:
    ({ args: [concurrency], fns: [fn] }) =>
    async (records: Records) => {
      for await (const _ of inOrder(records, fn!, concurrency as number, () => {})) {
        // only the waiting counts
      }
    },
}

/** Read as soon as it is called: an async generator works beside the others, not when its turn comes. */
async function gathered(given: unknown): Promise<unknown[]> {
  const out: unknown[] = []
  const values = await given
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: late } = Object(values) as Partial<Iterable<unknown> & AsyncIterable<unknown>>
  if (!sync && !late) {
    throw new TsparkError('TSPARK_ARGUMENT', `flatMapAsync(): the function must give an iterable, not ${values === null ? 'null' : typeof values}`, {
      hint: 'return an array, a promise of one, or an async generator',
    })
  }
  for await (const value of values as AsyncIterable<unknown> | Iterable<unknown>) out.push(value)
  return out
}

async function* inOrder(
  records: Records,
  fn: AnyFunction,
  concurrency: number,
  take: (record: unknown, value: unknown, out: unknown[]) => void,
): AsyncGenerator<unknown> {
  const window: { record: unknown; value: Promise<unknown> }[] = []
  const start = (): boolean => {
    const { done, value: record } = records.next()
    if (done) return false
    const value = (async () => await fn(record))()
    // a rejection is met when its turn comes; until then it must not count as unhandled
    value.catch(() => {})
    window.push({ record, value })
    return true
  }
  let more = true
  for (;;) {
    while (more && window.length < concurrency) more = start()
    const next = window.shift()
    if (!next) return
    const out: unknown[] = []
    take(next.record, await next.value, out)
    yield* out
  }
}
