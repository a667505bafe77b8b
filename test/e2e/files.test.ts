import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { test } from '../helpers/e2e.js'

const TEXT = Array.from({ length: 10 }, (_, n) => `line ${n}\n`).join('')

describe('text input', () => {
  test('a file has exactly the partitions that were asked for', async ({ sandbox }) => {
    const path = sandbox.write('lines.txt', 'some words in a line\n'.repeat(500))
    const { stdout } = await sandbox.submit('textStats', [path, '10'])
    expect(JSON.parse(stdout)).toMatchObject({ partitions: 10, count: 500 })
  })

  test('LF, CRLF and CR end lines, a byte order mark is dropped, bytes that are no UTF-8 become U+FFFD', async ({ sandbox }) => {
    const path = sandbox.write('mixed.txt', Buffer.concat([Buffer.from('\ufeffone\r\ntwo\rthree\n\n'), Buffer.from([0x66, 0xff, 0x0a])]))
    const { stdout } = await sandbox.submit('textStats', [path, '3'])
    expect(JSON.parse(stdout)).toMatchObject({ count: 5, lines: ['one', 'two', 'three', '', 'f\ufffd'] })
  })

  test('a folder is read in the order of names, without hidden files and those with an underscore, gzip unpacked', async ({ sandbox }) => {
    sandbox.write('in/b.txt', 'b\n')
    sandbox.write('in/a.txt.gz', Buffer.concat([gzipSync('a1\n'), gzipSync('a2\n')]))
    sandbox.write('in/_SUCCESS', 'no\n')
    sandbox.write('in/.hidden', 'no\n')
    for (const path of ['in', 'in/*', 'in/{a,b}.txt*', 'in/a.txt.gz,in/b.txt', `file://${join(sandbox.work, 'in')}`]) {
      const { stdout } = await sandbox.submit('textStats', [path])
      expect(JSON.parse(stdout), path).toMatchObject({ count: 3, lines: ['a1', 'a2', 'b'] })
    }
  })

  test('a path that does not exist fails by name', async ({ sandbox }) => {
    const { stderr, exitCode } = await sandbox.submit('textStats', ['no/such/place'])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('no/such/place')
    expect(stderr).toContain('TSPARK_INPUT')
  })

  test('a torn gzip file fails by name', async ({ sandbox }) => {
    const whole = gzipSync('many words\n'.repeat(1000))
    const path = sandbox.write('torn.gz', whole.subarray(0, whole.length - 12))
    const { stderr, exitCode } = await sandbox.submit('textStats', [path])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('torn.gz')
  })
})

describe('text output', () => {
  test('is a folder of parts and _SUCCESS; missing parents are made', async ({ sandbox }) => {
    const path = sandbox.output('deep/er/out')
    expect(await sandbox.submit('save', [path])).toMatchObject({ stdout: 'saved\n', exitCode: 0 })
    expect(readdirSync(path).sort()).toEqual(['_SUCCESS', 'part-00000', 'part-00001', 'part-00002'])
    expect(['part-00000', 'part-00001', 'part-00002'].map((part) => readFileSync(join(path, part), 'utf8')).join('')).toBe(TEXT)
  })

  test('can be one file, in the order of partitions', async ({ sandbox }) => {
    const path = sandbox.output('one.txt')
    await sandbox.submit('save', [path, '{"single":true}'])
    expect(readFileSync(path, 'utf8')).toBe(TEXT)
  })

  test('can be compressed', async ({ sandbox }) => {
    const path = sandbox.output('zipped')
    await sandbox.submit('save', [path, '{"compression":"gzip"}'])
    expect(readdirSync(path).sort()).toEqual(['_SUCCESS', 'part-00000.gz', 'part-00001.gz', 'part-00002.gz'])
    expect(gunzipSync(readFileSync(join(path, 'part-00001.gz'))).toString()).toBe('line 3\nline 4\nline 5\n')
  })

  test('refuses a path where something is and leaves it untouched', async ({ sandbox }) => {
    const path = sandbox.write('there', 'mine')
    const { stderr, exitCode } = await sandbox.submit('save', [path])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('TSPARK_OUTPUT')
    expect(stderr).toContain(path)
    expect(readFileSync(path, 'utf8')).toBe('mine')
  })

  test('leaves nothing when a task fails', async ({ sandbox }) => {
    const { exitCode } = await sandbox.submit('save', [join(sandbox.work, 'new/out'), '{}', 'fail'])
    expect(exitCode).toBe(1)
    expect(existsSync(join(sandbox.work, 'new'))).toBe(false)
  })
})
