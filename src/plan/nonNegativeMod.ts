/** The remainder from 0 to n - 1 of two 32-bit integers, for negative values too; without a branch, which hashes of any sign would mislead every other time. */
export function nonNegativeMod(value: number, n: number): number {
  return (n & (n - 1)) === 0 ? value & (n - 1) : value - Math.floor(value / n) * n
}
