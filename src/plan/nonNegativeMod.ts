/** The remainder from 0 to n - 1 of two integers, for negative values too; without a branch, which hashes of any sign would mislead every other time. */
export function nonNegativeMod(value: number, n: number): number {
  return value - Math.floor(value / n) * n
}
