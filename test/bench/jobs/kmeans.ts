// Ten iterations of k-means over cached points.
import { defineJob } from 'tspark'
import { report } from './answer.js'

type Point = number[]
const point = (line: string): Point => line.split(',').map(Number)

function nearest(centres: readonly Point[], p: Point): number {
  let best = 0
  let bestDistance = Number.POSITIVE_INFINITY
  for (let k = 0; k < centres.length; k++) {
    const centre = centres[k] as Point
    let distance = 0
    for (let i = 0; i < p.length; i++) {
      const x = (p[i] as number) - (centre[i] as number)
      distance += x * x
    }
    if (distance < bestDistance) {
      bestDistance = distance
      best = k
    }
  }
  return best
}

export default defineJob(async ({ sc, args: [data = '.'] }) => {
  await report('kmeans', async () => {
    const points = sc.textFile(`${data}/points`).map(point).cache()
    let centres = await sc.textFile(`${data}/centres/centres.csv`).map(point).collect()
    let sums: { sum: Point; count: number }[] = []
    for (let iteration = 0; iteration < 10; iteration++) {
      const current = centres
      sums = await points.aggregate(
        current.map((centre) => ({ sum: centre.map(() => 0), count: 0 })),
        (totals, p) => {
          const total = totals[nearest(current, p)] as { sum: Point; count: number }
          for (let i = 0; i < p.length; i++) total.sum[i] = (total.sum[i] as number) + (p[i] as number)
          total.count++
          return totals
        },
        (a, b) => a.map((x, k) => ({ sum: x.sum.map((v, i) => v + (b[k]?.sum[i] ?? 0)), count: x.count + (b[k]?.count ?? 0) })),
      )
      centres = sums.map(({ sum, count }, k) => (count ? sum.map((v) => v / count) : (current[k] as Point)))
    }
    return sums.map(({ sum, count }) => `${count}:${sum.reduce((a, b) => a + b, 0) * 8}`).join(' ')
  })
})
