// Cached partitions of several levels, read again and again: by their own executors, by others, and as copies.
import { defineJob, StorageLevel } from 'tspark'

export default defineJob(async ({ sc }) => {
  const rows = sc
    .range(0, 80_000, 1, 8)
    .map((n) => [n % 1000, n] as const)
    .persist(StorageLevel.MEMORY_ONLY)
  const twice = rows.mapValues((n) => 2 * n).persist(StorageLevel.MEMORY_AND_DISK_2)
  const sums = twice.reduceByKey((a, b) => a + b, 6).persist(StorageLevel.DISK_ONLY)
  let right = 0
  for (let round = 0; round < 10; round++) {
    const total = await sums.values().sum()
    const together = await rows.coalesce(1).values().sum()
    const same = await sums
      .join(twice.reduceByKey((a, b) => a + b, 5))
      .filter(([, [a, b]]) => a === b)
      .count()
    if (total === 2 * together && together === 3_199_960_000 && same === 1000) right++
  }
  console.log(`right ${right} of 10`)
})
