// Counts every word: args are the input folder and, for the answer, the workload's name.
import { defineJob } from 'tspark'
import { crc32, report } from './answer.js'

export default defineJob(async ({ sc, args: [input = 'words-small', workload = 'wordcount'] }) => {
  await report(workload, async () => {
    const counts = await sc
      .textFile(input)
      .flatMap((line) => line.split(' '))
      .map((word) => [word, 1] as const)
      .reduceByKey((a, b) => a + b)
      .collect()
    let words = 0
    let check = 0
    for (const [word, n] of counts) {
      words += n
      check += n * (crc32(word) & 0xffff)
    }
    const top = counts.toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 3)
    return `distinct=${counts.length} words=${words} check=${check} top=${top.map((pair) => pair.join(':')).join(',')}`
  })
})
