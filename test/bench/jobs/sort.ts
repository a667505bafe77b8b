// Sorts 100-byte records by their first ten bytes and saves them as text.
import { defineJob } from 'tspark'
import { report } from './answer.js'

export default defineJob(async ({ sc, args: [input = 'records', output = 'sorted'] }) => {
  await report('sort', async () => {
    await sc
      .textFile(input)
      .sortBy((line) => line.slice(0, 10))
      .saveAsTextFile(output)
    return 'saved'
  })
})
