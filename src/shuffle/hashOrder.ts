const PACKED = 2 ** 21

/** Indexes in the order of their hashes; equal hashes keep their order. */
export function hashOrder(hashes: Int32Array): Uint32Array {
  const order = new Uint32Array(hashes.length)
  if (hashes.length > PACKED) {
    for (let i = 0; i < order.length; i++) order[i] = i
    return order.sort((a, b) => hashes[a]! - hashes[b]! || a - b)
  }
  // hash and index share the 53 bits of a number: numbers are sorted without calling back
  const packed = new Float64Array(hashes.length)
  for (let i = 0; i < packed.length; i++) packed[i] = hashes[i]! * PACKED + i
  packed.sort()
  for (let i = 0; i < order.length; i++) order[i] = packed[i]! - Math.floor(packed[i]! / PACKED) * PACKED
  return order
}
