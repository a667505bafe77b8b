import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BlockCache } from '../../../src/executor/blockCache.js'
import { encodeBatch } from '../../../src/shuffle/frame.js'
import { FrameSource } from '../../../src/sources/frameSource.js'
import { MemoryBudget } from '../../../src/storage/memoryBudget.js'
import { recordsOf } from '../shuffle/somePlace.js'

const BLOCK = 100 * 1024

/** A cache with room for ten blocks. */
function someCache() {
  const budget = MemoryBudget.create(10 * BLOCK)
  const evicted: string[] = []
  const moved: string[] = []
  const names = (blocks: { rddId: number; partition: number }[]): string[] => blocks.map(({ rddId, partition }) => `${rddId}/${partition}`)
  const cache = new BlockCache(
    budget,
    (blocks) => evicted.push(...names(blocks)),
    (blocks) => moved.push(...names(blocks)),
  )
  const put = (rddId: number, partition: number, diskPath?: string): void => {
    expect(budget.tryAcquire(BLOCK)).toBe(true)
    cache.put(rddId, partition, { frames: [encodeBatch([rddId, partition])], keepsValues: true }, BLOCK, diskPath)
  }
  return { budget, cache, evicted, moved, put }
}

describe('the cache of an executor', () => {
  it('drops what was not read for longest, and only as much as is needed', () => {
    const { budget, cache, evicted, put } = someCache()
    for (let partition = 0; partition < 10; partition++) put(1, partition)
    expect(cache.get(1, 0)).toBeDefined()
    cache.makeRoom(2 * BLOCK, 2)
    expect(evicted).toEqual(['1/1', '1/2'])
    expect(budget.free).toBe(2 * BLOCK)
    expect([cache.get(1, 0) !== undefined, cache.get(1, 1)]).toEqual([true, undefined])
  })

  it('does not drop partitions of an RDD for others of the same', () => {
    const { cache, evicted, put } = someCache()
    for (let partition = 0; partition < 10; partition++) put(1, partition)
    cache.makeRoom(BLOCK, 1)
    expect(evicted).toEqual([])
  })

  it('keeps half of the memory when tasks need some', () => {
    const { budget, cache, evicted, put } = someCache()
    for (let partition = 0; partition < 10; partition++) put(1, partition)
    cache.makeRoom(10 * BLOCK)
    expect(evicted).toHaveLength(5)
    expect(budget.free).toBe(5 * BLOCK)
  })

  it('keeps the first of two results of one partition, and nothing of the second', () => {
    const { budget, cache, put } = someCache()
    const [first, second] = ['first', 'second'].map((name) => join(mkdtempSync(join(tmpdir(), 'tspark-cache-')), name)) as [string, string]
    for (const path of [first, second]) {
      writeFileSync(path, '')
      cache.put(1, 0, { path }, BLOCK)
    }
    put(1, 0)
    expect(cache.get(1, 0)).toEqual({ path: first })
    expect([existsSync(first), existsSync(second), budget.free]).toEqual([true, false, 10 * BLOCK])
    cache.dropRdd(1)
    expect(existsSync(first)).toBe(false)
  })

  it('writes to disk what has a level with a disk', () => {
    const { budget, cache, evicted, moved, put } = someCache()
    const path = join(mkdtempSync(join(tmpdir(), 'tspark-cache-')), 'block')
    put(1, 0, path)
    for (let partition = 1; partition < 10; partition++) put(1, partition)
    cache.makeRoom(BLOCK, 2)
    expect([evicted, moved]).toEqual([[], ['1/0']])
    expect(cache.get(1, 0)).toEqual({ path })
    expect(recordsOf(new FrameSource(path, false))).toEqual([1, 0])
    cache.dropRdd(1)
    expect([existsSync(path), budget.used]).toEqual([false, 0])
  })
})
