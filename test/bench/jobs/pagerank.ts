// Ten iterations of PageRank; the links are grouped once and cached.
import { defineJob } from 'tspark'
import { report } from './answer.js'

export default defineJob(async ({ sc, args: [data = '.'] }) => {
  await report('pagerank', async () => {
    const links = sc
      .textFile(`${data}/graph`)
      .map((line) => {
        const space = line.indexOf(' ')
        return [Number(line.slice(0, space)), Number(line.slice(space + 1))] as const
      })
      .groupByKey()
      .cache()
    let ranks = links.mapValues(() => 1)
    for (let iteration = 0; iteration < 10; iteration++) {
      ranks = links
        .join(ranks)
        .flatMap(([, [targets, rank]]) => {
          const list = [...targets]
          const share = rank / list.length
          return list.map((target) => [target, share] as const)
        })
        .reduceByKey((a, b) => a + b)
        .mapValues((sum) => 0.15 + 0.85 * sum)
    }
    const all = await ranks.collect()
    let sum = 0
    for (const [, rank] of all) sum += Math.floor(rank * 1e6 + 0.5)
    const top = all.toSorted((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 10)
    return `nodes=${all.length} sum=${sum} top=${top.map(([id, rank]) => `${id}:${Math.floor(rank * 1e3 + 0.5)}`).join(',')}`
  })
})
