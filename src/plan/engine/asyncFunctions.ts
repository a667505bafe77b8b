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
      inOrder(records, fn!, concurrency as number, async (_, values, out) => {
        for await (const value of values as AsyncIterable<unknown> | Iterable<unknown>) out.push(value)
      }),
  /** for actions: waits for all, gives nothing */
  forEachAsync:
    ({ args: [concurrency], fns: [fn] }) =>
    async (records: Records) => {
      for await (const _ of inOrder(records, fn!, concurrency as number, () => {})) {
        // only the waiting counts
      }
    },
}

async function* inOrder(
  records: Records,
  fn: AnyFunction,
  concurrency: number,
  take: (record: unknown, value: unknown, out: unknown[]) => void | Promise<void>,
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
    await take(next.record, await next.value, out)
    yield* out
  }
}
