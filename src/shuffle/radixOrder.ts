const DIGITS = 1 << 16

/** Indexes in the order of 64-bit numbers given as two words; equal ones keep their order. Least digit first. */
export function radixOrder(high: Uint32Array, low: Uint32Array): Uint32Array {
  let order = new Uint32Array(high.length)
  for (let i = 0; i < order.length; i++) order[i] = i
  let spare = new Uint32Array(high.length)
  const counts = new Uint32Array(DIGITS)
  for (const [word, shift] of [
    [low, 0],
    [low, 16],
    [high, 0],
    [high, 16],
  ] as const) {
    if (!distribute(word, shift, order, spare, counts)) continue
    const sorted = spare
    spare = order
    order = sorted
  }
  return order
}

/** One pass; false: the digit is the same everywhere. */
function distribute(word: Uint32Array, shift: number, from: Uint32Array, to: Uint32Array, counts: Uint32Array): boolean {
  counts.fill(0)
  for (let i = 0; i < word.length; i++) counts[(word[i]! >>> shift) & 0xffff]!++
  if (counts[(word[0]! >>> shift) & 0xffff] === word.length) return false
  let start = 0
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = counts[digit]!
    counts[digit] = start
    start += count
  }
  for (let i = 0; i < from.length; i++) {
    const index = from[i]!
    to[counts[(word[index]! >>> shift) & 0xffff]!++] = index
  }
  return true
}
