/** Fewer than these are put in order by moving each to its place. */
const FEW = 24
/** So many are worth a table of 65,536 counts. */
const MANY = 1 << 15

/**
 * Indexes in the order of 64-bit numbers given as two words; equal ones keep their order. The high words are
 * distributed, least digit first; low words matter only among those whose high words are equal, mostly few.
 */
export function radixOrder(high: Uint32Array, low: Uint32Array): Uint32Array {
  const order = new Uint32Array(high.length)
  for (let i = 0; i < order.length; i++) order[i] = i
  distributeAll(high, order)
  for (let from = 0; from < order.length; ) {
    const first = high[order[from]!]
    let to = from + 1
    while (to < order.length && high[order[to]!] === first) to++
    if (to - from > FEW) distributeAll(low, order.subarray(from, to))
    else if (to - from > 1) insertEach(low, order, from, to)
    from = to
  }
  return order
}

/** Sorts indexes by their words. */
function distributeAll(words: Uint32Array, order: Uint32Array): void {
  const bits = order.length < MANY ? 8 : 16
  const counts = new Uint32Array(1 << bits)
  let from = order
  let to: Uint32Array = new Uint32Array(order.length)
  for (let shift = 0; shift < 32; shift += bits) if (distribute(words, shift, from, to, counts)) [from, to] = [to, from]
  if (from !== order) order.set(from)
}

/** One pass by one digit; false: it is the same everywhere. */
function distribute(words: Uint32Array, shift: number, from: Uint32Array, to: Uint32Array, counts: Uint32Array): boolean {
  const mask = counts.length - 1
  counts.fill(0)
  for (let i = 0; i < from.length; i++) counts[(words[from[i]!]! >>> shift) & mask]!++
  if (counts[(words[from[0]!]! >>> shift) & mask] === from.length) return false
  let start = 0
  for (let digit = 0; digit <= mask; digit++) {
    const count = counts[digit]!
    counts[digit] = start
    start += count
  }
  for (let i = 0; i < from.length; i++) {
    const index = from[i]!
    to[counts[(words[index]! >>> shift) & mask]!++] = index
  }
  return true
}

function insertEach(words: Uint32Array, order: Uint32Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const index = order[i]!
    const word = words[index]!
    let at = i
    for (; at > from && words[order[at - 1]!]! > word; at--) order[at] = order[at - 1]!
    order[at] = index
  }
}
