import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { BatchSource, PairColumns } from '../../../src/plan/batchSource.js'
import { newMetrics } from '../../../src/plan/newMetrics.js'
import type { RunningMetrics, ShuffleReadSpec } from '../../../src/plan/taskHost.js'
import { createShuffleReader } from '../../../src/shuffle/createShuffleReader.js'
import { MemoryBudget } from '../../../src/storage/memoryBudget.js'

/** A folder and a budget for one test; `end` sees to it that nothing was left in either. */
export function somePlace(bytes: number) {
  const root = mkdtempSync(join(tmpdir(), 'tspark-shuffle-'))
  const budget = MemoryBudget.create(bytes)
  const metrics: RunningMetrics = newMetrics()
  const spillDir = join(root, 'tmp')
  return {
    root,
    shuffleDir: (shuffleId: number) => join(root, 'shuffle', String(shuffleId)),
    dir: join(root, 'shuffle'),
    budget,
    spillDir,
    metrics,
    end(): void {
      const left = existsSync(spillDir) ? readdirSync(spillDir) : []
      rmSync(root, { recursive: true })
      expect(left).toEqual([])
      expect(budget.used).toBe(0)
    },
  }
}

/** All records of a source that never waits; closes it. */
export function recordsOf<T>(source: BatchSource<T>): T[] {
  const records: T[] = []
  try {
    for (let batch = source.next(); batch !== null; batch = source.next()) {
      if (batch instanceof Promise) throw new Error('this source waits')
      for (const record of batch) records.push(record)
    }
  } finally {
    source.close()
  }
  return records
}

/** The pairs of reduce partitions from map outputs of a place: of the first map tasks, whose attempts have numbers from `attempt` on. */
export function readOutputs(place: ReturnType<typeof somePlace>, { maps, attempt = 0, ...spec }: ShuffleReadSpec & { maps: number; attempt?: number }) {
  return recordsOf(
    createShuffleReader({
      spec,
      numMaps: maps,
      locations: Array.from({ length: maps }, (_, mapIndex) => ({ mapIndex, attemptId: mapIndex + attempt, workerId: 'here' })),
      appId: 'app',
      appSecretHex: '',
      maxSizeInFlight: 1 << 20,
      spillDir: place.spillDir,
      workers: [],
      localDirsOf: () => [place.dir],
      metrics: place.metrics,
    }),
  )
}

/** Columns of one pair. */
export function pair(key: unknown, value: unknown): PairColumns {
  return { keys: [key], values: [value] }
}

/** A budget that makes everything spill after a few hundred records. */
export const TINY = 64 * 1024
export const AMPLE = 1 << 28
