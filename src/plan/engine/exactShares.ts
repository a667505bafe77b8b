import { KeyMap } from '../keyMap.js'

/** How many of a key's records lie in a partition, and how many of them are to be taken. */
export type ExactShare = [key: unknown, seen: number, wanted: number]

/**
 * Shares of a stratified sample out between partitions so that every key gets exactly its fraction, rounded up, and every
 * choice of records is as likely as any other: each draw falls on a partition by what is left in it.
 * @param counts records by key, for each partition
 */
export function exactShares(
  counts: readonly (readonly (readonly [key: unknown, count: number])[])[],
  fractions: readonly (readonly [key: unknown, fraction: number])[],
  withReplacement: boolean,
  random: () => number,
): ExactShare[][] {
  const shares: ExactShare[][] = counts.map(() => [])
  const byKey = new KeyMap<{ partition: number; share: ExactShare }[]>()
  for (const [key] of fractions) byKey.set(key, [])
  for (const [partition, part] of counts.entries()) {
    for (const [key, seen] of part) {
      const places = byKey.get(key)
      if (!places) continue
      const share: ExactShare = [key, seen, 0]
      places.push({ partition, share })
      shares[partition]!.push(share)
    }
  }
  for (const [key, fraction] of fractions) {
    const places = byKey.get(key)!
    let left = places.reduce((sum, { share }) => sum + share[1], 0)
    for (let wanted = Math.ceil(left * fraction); wanted > 0; wanted--) {
      let at = Math.floor(random() * left)
      for (const { share } of places) {
        const open = withReplacement ? share[1] : share[1] - share[2]
        if (at < open) {
          share[2]++
          break
        }
        at -= open
      }
      if (!withReplacement) left--
    }
  }
  return shares
}
