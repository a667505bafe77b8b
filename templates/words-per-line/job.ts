// The number of words in every line of a large file, in one new file: `tspark submit job.ts -- <input> <output>`
import { defineJob, TaskContext } from 'tspark'

const EXECUTORS = 10

export default defineJob(async ({ sc, args }) => {
  const [input, output] = args
  if (!input || !output) throw new Error('usage: tspark submit job.ts -- <input file> <output file>')
  const lines = sc.textFile(input, EXECUTORS)
  await lines.map((line) => countWords(line)).saveAsTextFile(output, { single: true })
  const shares = await lines.mapPartitions((part) => [[TaskContext.getPartitionId(), countAll(part)] as const]).collect()
  for (const [partition, count] of shares) console.log(`part ${partition}: ${count} lines`)
  console.log(`${shares.reduce((sum, [, count]) => sum + count, 0)} lines counted in ${output}`)
})

function countWords(line: string): number {
  return line.split(/\s+/).filter((word) => word !== '').length
}

function countAll(records: Iterable<unknown>): number {
  let count = 0
  for (const _ of records) count++
  return count
}
