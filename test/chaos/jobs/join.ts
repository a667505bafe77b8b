// Every key of 60,000 has three values on the left and two on the right: their products are known.
import { defineJob } from 'tspark'

export default defineJob(async ({ sc }) => {
  const left = sc.range(0, 180_000, 1, 12).map((i) => [i % 60_000, Math.floor(i / 60_000) + 1] as const)
  const right = sc.range(0, 120_000, 1, 9).map((i) => [i % 60_000, (Math.floor(i / 60_000) + 1) * 10] as const)
  const { pairs, sum } = await left.join(right, 10).aggregate(
    { pairs: 0, sum: 0 },
    (total, [, [a, b]]) => ({ pairs: total.pairs + 1, sum: total.sum + a * b }),
    (a, b) => ({ pairs: a.pairs + b.pairs, sum: a.sum + b.sum }),
  )
  console.log(`pairs ${pairs}, sum ${sum}`)
})
