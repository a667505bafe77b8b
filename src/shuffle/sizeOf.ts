const DEEPEST = 4
const SAMPLED = 8

/** About how many bytes a value takes in V8's heap; long arrays by a sample. */
export function sizeOf(value: unknown, depth = 0): number {
  switch (typeof value) {
    case 'number':
      return 8
    case 'string':
      return 24 + value.length
    case 'boolean':
    case 'undefined':
      return 4
    case 'object':
      return value === null ? 4 : sizeOfObject(value, depth)
    default:
      return 32
  }
}

function sizeOfObject(value: object, depth: number): number {
  if (Array.isArray(value)) {
    if (depth >= DEEPEST) return 32 + 16 * value.length
    if (value.length <= SAMPLED) return 32 + value.reduce<number>((sum, element) => sum + 8 + sizeOf(element, depth + 1), 0)
    let sampled = 0
    for (let i = 0; i < SAMPLED; i++) sampled += 8 + sizeOf(value[Math.floor((i * value.length) / SAMPLED)], depth + 1)
    return 32 + (sampled / SAMPLED) * value.length
  }
  if (ArrayBuffer.isView(value)) return 96 + value.byteLength
  if (value instanceof Map || value instanceof Set) return 64 + 48 * value.size
  if (depth >= DEEPEST) return 64
  let size = 32
  for (const name in value) size += 8 + sizeOf((value as Record<string, unknown>)[name], depth + 1)
  return size
}
