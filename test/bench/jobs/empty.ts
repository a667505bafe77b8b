// One stage of many tasks that do nothing; the first argument is how many.
import { defineJob } from 'tspark'
import { report } from './answer.js'

export default defineJob(async ({ sc, args: [tasks = '10000'] }) => {
  const n = Number(tasks)
  await report('empty', async () => `tasks=${await sc.range(0, n, 1, n).count()}`)
})
