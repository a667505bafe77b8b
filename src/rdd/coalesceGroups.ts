/** Neighbouring partitions in `wanted` groups of about the same size. */
export function coalesceGroups(partitions: number, wanted: number): number[][] {
  const groups = Math.min(partitions, wanted)
  return Array.from({ length: groups }, (_, group) => {
    const from = Math.floor((group * partitions) / groups)
    const to = Math.floor(((group + 1) * partitions) / groups)
    return Array.from({ length: to - from }, (_, index) => from + index)
  })
}
