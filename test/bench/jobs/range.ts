// The smallest job: what it costs to start and stop.
import { defineJob } from 'tspark'

export default defineJob(async ({ sc }) => {
  console.log(`count=${await sc.range(100).count()}`)
})
