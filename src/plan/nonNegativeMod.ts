/** The remainder from 0 to n - 1, for negative values too. */
export function nonNegativeMod(value: number, n: number): number {
  const rest = value % n
  return rest < 0 ? rest + n : rest
}
