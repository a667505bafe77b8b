import { expect, it } from 'vitest'
import { CodecWarning } from '../../../src/driver/codecWarning.js'

it.each([
  ['zstd', [true, false, false], 1],
  ['zstd', [true, true], 0],
  ['auto', [false, false], 0],
  ['lz4', [false], 0],
] as const)('%s on executors that have zstd or not (%j) is warned of %i times', (codec, executors, times) => {
  const warnings: string[] = []
  const warning = new CodecWarning(codec, (text) => warnings.push(text))
  for (const [at, zstd] of executors.entries()) warning.executorReady(`executor-${at}`, 'host', zstd)
  expect(warnings).toHaveLength(times)
  if (times > 0) expect(warnings[0]).toMatch(/^spark\.io\.compression\.codec=zstd: executor executor-1 on host .* lz4/)
})
