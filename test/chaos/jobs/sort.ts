// A permutation of 200,000 numbers comes out in order, whole, and with its checksum.
import { defineJob } from 'tspark'

export default defineJob(async ({ sc }) => {
  const sorted = sc
    .range(0, 200_000, 1, 12)
    .map((i) => (i * 7919) % 200_000)
    .sortBy((n) => n, true, 10)
  const parts = await sc.runJob(sorted, (records) => {
    let [first, last, count, check, ordered] = [-1, -1, 0, 0, true]
    for (const n of records) {
      if (first < 0) first = n
      if (n < last) ordered = false
      last = n
      check += n * (count + 1 + first)
      count++
    }
    return { first, last, count, check, ordered }
  })
  const chained = parts.every((part, i) => part.ordered && part.first === (i === 0 ? 0 : parts[i - 1]!.last + 1))
  console.log(`count ${parts.reduce((sum, { count }) => sum + count, 0)}, chained ${chained}`)
})
