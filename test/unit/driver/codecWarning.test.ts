import { expect, it } from 'vitest'
import { CodecWarning } from '../../../src/driver/codecWarning.js'

const ALL = { shuffle: 'zstd', spill: 'zstd', rdd: 'zstd' } as const
const MAPS = { shuffleId: 1, shuffles: [], caches: false }
const READS = { shuffles: [1], caches: false }
const CACHES = { shuffles: [], caches: true }
const PLAIN = { shuffles: [], caches: false }

it.each([
  ['zstd', [true, false, false], MAPS, ALL, 1],
  ['zstd', [true, true], MAPS, ALL, 0],
  ['auto', [false, false], MAPS, { shuffle: 'auto' }, 0],
  ['lz4', [false], MAPS, { shuffle: 'lz4' }, 0],
  // nothing is compressed
  ['zstd', [true, false], PLAIN, ALL, 0],
  ['zstd', [true, false], MAPS, {}, 0],
  ['zstd', [true, false], READS, { shuffle: 'zstd', rdd: 'zstd' }, 0],
  ['zstd', [true, false], READS, { spill: 'zstd' }, 1],
  ['zstd', [true, false], CACHES, { shuffle: 'zstd' }, 0],
  ['zstd', [true, false], CACHES, { rdd: 'zstd' }, 1],
] as const)('%s on executors that have zstd or not (%j), which run %j and compress %j, is warned of %i times', (codec, executors, plan, compression, times) => {
  const warnings: string[] = []
  const warning = new CodecWarning(codec, (text) => warnings.push(text))
  for (const [at, zstd] of executors.entries()) warning.executorReady(`executor-${at}`, zstd)
  for (const at of executors.keys()) warning.stage(`executor-${at}`, 'host', plan, compression)
  expect(warnings).toHaveLength(times)
  if (times > 0) expect(warnings[0]).toMatch(/^spark\.io\.compression\.codec=zstd: executor executor-1 on host .* lz4/)
})
