// Lines saved as text are there once each, whole or not at all.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { defineJob } from 'tspark'

export default defineJob(async ({ sc, args: [output = 'saved'] }) => {
  await sc
    .range(0, 100_000, 1, 20)
    .map((n) => [n % 1000, n] as const)
    .partitionBy(10)
    .map(([, n]) => `line ${n}`)
    .saveAsTextFile(output)
  const parts = readdirSync(output).filter((name) => name.startsWith('part-'))
  const lines = parts.flatMap((name) => readFileSync(`${output}/${name}`, 'utf8').trimEnd().split('\n'))
  console.log(`parts ${parts.length}, lines ${lines.length}, different ${new Set(lines).size}, success ${existsSync(`${output}/_SUCCESS`)}`)
})
