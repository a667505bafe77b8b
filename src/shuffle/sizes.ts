const BASE = Math.log(1.1)

/** A size as one byte on a log scale, at most 10 % too large (Spark's MapStatus). */
export function compressSize(bytes: number): number {
  if (bytes <= 0) return 0
  if (bytes <= 1) return 1
  return Math.min(255, Math.ceil(Math.log(bytes) / BASE))
}

/** The inverse of `compressSize`. */
export function decompressSize(code: number): number {
  return code === 0 ? 0 : 1.1 ** code
}
