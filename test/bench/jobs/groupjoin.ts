// Sums one side by key (all keys are distinct), then joins it with the other side.
import { defineJob } from 'tspark'
import { report } from './answer.js'

function pair(line: string): [string, number] {
  const tab = line.indexOf('\t')
  return [line.slice(0, tab), Number(line.slice(tab + 1))]
}

export default defineJob(async ({ sc, args: [data = '.'] }) => {
  await report('groupjoin', async () => {
    const sums = sc
      .textFile(`${data}/pairs/a`)
      .map(pair)
      .reduceByKey((a, b) => a + b)
    const keys = await sums.count()
    const { joined, check } = await sums.join(sc.textFile(`${data}/pairs/b`).map(pair)).aggregate(
      { joined: 0, check: 0 },
      (total, [, [a, b]]) => ({ joined: total.joined + 1, check: total.check + a * b }),
      (x, y) => ({ joined: x.joined + y.joined, check: x.check + y.check }),
    )
    return `keys=${keys} joined=${joined} check=${check}`
  })
})
