import type { FromSlot, SlotInit } from './slotMessages.js'

/** How long a slot waits for the executor's main thread, which is never busy for long. */
const PATIENCE_MS = 5000

/** Asks the executor's main thread for something and stands still until it is done. */
export function askAndWait(
  { slot, answers }: SlotInit,
  question: Extract<FromSlot, { type: 'getRoom' | 'ownSignal' }>,
  post: (message: FromSlot) => void,
): void {
  const cells = new Int32Array(answers)
  Atomics.store(cells, slot, 0)
  post(question)
  Atomics.wait(cells, slot, 0, PATIENCE_MS)
}
