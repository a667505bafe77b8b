/** Arguments that one call may have, with room to spare. */
const MOST = 4096

/** The elements of all parts in one array. `flat()` would look at each of them; this copies a part as a whole. */
export function joinArrays<T>(parts: readonly (readonly T[])[]): T[] {
  if (parts.length <= MOST) return ([] as T[]).concat(...parts)
  const larger: T[][] = []
  for (let at = 0; at < parts.length; at += MOST) larger.push(joinArrays(parts.slice(at, at + MOST)))
  return joinArrays(larger)
}
