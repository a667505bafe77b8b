import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { OutputCommitter, type OutputForm } from '../../../src/sources/outputCommitter.js'
import { TextSink } from '../../../src/sources/textSink.js'
import { test } from './temporaryFolder.js'

const folderForm: OutputForm = { single: false, compression: 'none' }

function write(committer: OutputCommitter, partition: number, lines: string[], taskId = partition): TextSink {
  const sink = new TextSink({ staging: committer.staging, partition, compression: committer.form.compression }, taskId)
  for (const line of lines) sink.write(line)
  return sink
}

describe('an output', () => {
  test('is not there before its commit, and whole after it', async ({ folder }) => {
    const path = join(folder, 'deep/er/out')
    const committer = OutputCommitter.prepare(path, folderForm)
    const parts = [0, 1].map((partition) => write(committer, partition, [`of ${partition}`]).commit())
    expect(existsSync(path)).toBe(false)
    await committer.commit(parts)
    expect(readdirSync(path).sort()).toEqual(['_SUCCESS', 'part-00000', 'part-00001'])
    expect(readFileSync(join(path, 'part-00001'), 'utf8')).toBe('of 1\n')
    expect(readdirSync(join(folder, 'deep/er'))).toEqual(['out'])
  })

  test('as one file has its parts in the order of partitions', async ({ folder }) => {
    const path = join(folder, 'out.txt')
    const committer = OutputCommitter.prepare(path, { single: true, compression: 'none' })
    const parts = [100, 20, 3].map((taskId, partition) => write(committer, partition, [String(partition)], taskId).commit())
    await committer.commit(parts)
    expect(readFileSync(path, 'utf8')).toBe('0\n1\n2\n')
    expect(readdirSync(folder)).toEqual(['out.txt'])
  })

  test('as one compressed file is unpacked as one text', async ({ folder }) => {
    const committer = OutputCommitter.prepare(join(folder, 'out'), { single: true, compression: 'gzip' })
    await committer.commit([['a'], [], ['b']].map((lines, partition) => write(committer, partition, lines).commit()))
    expect(gunzipSync(readFileSync(join(folder, 'out.gz'))).toString()).toBe('a\nb\n')
  })

  test('of no partitions is an empty file, or a folder with _SUCCESS only', async ({ folder }) => {
    await OutputCommitter.prepare(join(folder, 'one'), { single: true, compression: 'none' }).commit([])
    await OutputCommitter.prepare(join(folder, 'many'), folderForm).commit([])
    expect(readFileSync(join(folder, 'one'), 'utf8')).toBe('')
    expect(readdirSync(join(folder, 'many'))).toEqual(['_SUCCESS'])
  })

  test('has nothing of attempts that were given up', async ({ folder }) => {
    const committer = OutputCommitter.prepare(join(folder, 'out'), folderForm)
    write(committer, 0, ['first attempt'], 7).abort()
    const part = write(committer, 0, ['second attempt'], 8).commit()
    // killed before it could clean up, or the slower one of two
    write(committer, 0, ['third attempt'], 9)
    write(committer, 0, ['fourth attempt'], 10).commit()
    await committer.commit([part])
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(['_SUCCESS', 'part-00000'])
    expect(readFileSync(join(folder, 'out/part-00000'), 'utf8')).toBe('second attempt\n')
  })

  test('that is given up leaves nothing, not even the folders made for it', async ({ folder }) => {
    const committer = OutputCommitter.prepare(join(folder, 'deep/er/out'), folderForm)
    write(committer, 0, ['a']).commit()
    await committer.abort()
    expect(readdirSync(folder)).toEqual([])
  })

  test('never replaces what is there, or what has come there meanwhile', async ({ folder }) => {
    const path = join(folder, 'out')
    for (const single of [false, true]) {
      const committer = OutputCommitter.prepare(path, { single, compression: 'none' })
      const part = write(committer, 0, ['a']).commit()
      mkdirSync(path)
      writeFileSync(join(path, 'mine'), 'mine')
      await expect(committer.commit([part])).rejects.toMatchObject({ code: 'TSPARK_OUTPUT', message: expect.stringContaining(path) })
      await committer.abort()
      expect(() => OutputCommitter.prepare(path, folderForm)).toThrow(expect.objectContaining({ code: 'TSPARK_OUTPUT' }))
      expect(readFileSync(join(path, 'mine'), 'utf8')).toBe('mine')
      expect(readdirSync(folder)).toEqual(['out'])
      rmSync(path, { recursive: true })
    }
  })

  test('removes what a driver that died left beside it', async ({ folder }) => {
    // a process number that no kernel gives
    mkdirSync(join(folder, '.out.tspark-99999999-0a0b0c0d'))
    const committer = OutputCommitter.prepare(join(folder, 'out'), folderForm)
    await committer.commit([])
    expect(readdirSync(folder)).toEqual(['out'])
  })
})
