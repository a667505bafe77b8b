import { setTimeout as delay } from 'node:timers/promises'

const EVERY_MS = 20

/** Looks at a condition until it holds; after the deadline it throws, or gives false if `orElse` says so. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  { withinMs = 20_000, orElse = 'throw', what = String(condition) }: { withinMs?: number; orElse?: 'throw' | 'give up'; what?: string } = {},
): Promise<boolean> {
  const deadline = Date.now() + withinMs
  while (!(await condition())) {
    if (Date.now() > deadline) {
      if (orElse === 'give up') return false
      throw new Error(`still not so after ${withinMs} ms: ${what}`)
    }
    await delay(EVERY_MS)
  }
  return true
}
