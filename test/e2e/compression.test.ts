import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'

interface StageEnd {
  type: string
  line?: string
  shuffleReadBytes: number
  shuffleWriteBytes: number
  spilledBytes: number
}

/** What main printed, and the bytes of all stages. */
function told({ stdout, exitCode }: { stdout: string; exitCode: number | undefined }) {
  expect(exitCode).toBe(0)
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as StageEnd)
  const stages = lines.filter(({ type }) => type === 'stage.ended')
  const sum = (field: 'shuffleReadBytes' | 'shuffleWriteBytes' | 'spilledBytes') => stages.reduce((bytes, stage) => bytes + stage[field], 0)
  return {
    printed: lines.filter(({ type }) => type === 'stdout').map(({ line }) => line),
    read: sum('shuffleReadBytes'),
    written: sum('shuffleWriteBytes'),
    spilled: sum('spilledBytes'),
  }
}

describe('compression', () => {
  test('of shuffles begins by itself when workers are on several hosts, and their answers are the same', async ({ sandbox }) => {
    const master = await sandbox.startMaster()
    await sandbox.startWorker(master.url, ['--cores', '1', '--memory', '1g'])
    await sandbox.startWorkerElsewhere(master.url, ['--cores', '1', '--memory', '1g'])
    const run = async (...flags: string[]) =>
      told(await sandbox.submit('repeats', ['20000', 'MEMORY_ONLY'], { master: master.url, flags: ['--json', '--num-executors', '2', ...flags] }))
    const [compressed, raw] = [await run(), await run('-c', 'spark.shuffle.compress=false')]
    expect(compressed.printed).toEqual(raw.printed)
    expect(compressed.written * 2.5).toBeLessThan(raw.written)
    expect(compressed.read * 2.5).toBeLessThan(raw.read)
    expect(compressed.read).toBeGreaterThan(0)
  })

  test('on one host is for those who ask: of shuffles, spills and cached partitions', async ({ sandbox }) => {
    const levels = ['MEMORY_AND_DISK', 'DISK_ONLY', 'MEMORY_ONLY_SER']
    const run = async (...flags: string[]) =>
      told(await sandbox.submit('repeats', ['60000', ...levels], { flags: ['--json', '--executor-memory', '32m', ...flags] }))
    const [raw, compressed] = await Promise.all([
      run(),
      run(
        '-c',
        'spark.shuffle.compress=true',
        '-c',
        'spark.shuffle.spill.compress=true',
        '-c',
        'spark.rdd.compress=true',
        '-c',
        'spark.io.compression.codec=lz4',
      ),
    ])
    expect(compressed.printed).toEqual(raw.printed)
    expect(compressed.printed).toHaveLength(levels.length)
    expect(compressed.written * 2.5).toBeLessThan(raw.written)
    expect(raw.spilled).toBeGreaterThan(0)
    expect(compressed.spilled * 2.5).toBeLessThan(raw.spilled)
  })
})
