import { describe, expect } from 'vitest'
import { tarGzOf, zipOf } from '../helpers/archives.js'
import { test } from '../helpers/e2e.js'

const packed = (text: string) => [{ name: 'data/words.txt', text }]

describe('archives', () => {
  test('of the command line and of main are unpacked once on each executor, and in main', async ({ sandbox }) => {
    const zip = sandbox.write('in/first.zip', zipOf(packed('one')))
    const tar = sandbox.write('in/second.tar.gz', tarGzOf(packed('two')))
    const { stdout } = await sandbox.submit('archives', ['words', tar], { flags: ['--archives', `${zip}#words`] })
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { main: 'one', tasks: ['one', 'one'], once: true, list: ['words'] },
      { main: 'two', tasks: ['two', 'two'], folders: 2, list: ['words', 'more'], files: [] },
    ])
  })

  test('reach executors of daemons, and nothing of them is left', async ({ sandbox }) => {
    const zip = sandbox.write('in/words.jar', zipOf(packed('one')))
    const { url } = await sandbox.startMaster()
    for (const flags of [
      ['--cores', '1'],
      ['--cores', '1'],
    ])
      await sandbox.startWorker(url, flags)
    const { stdout } = await sandbox.submit('archives', ['words.jar'], { master: url, flags: ['--archives', zip, '--num-executors', '2'] })
    expect(JSON.parse(stdout)).toMatchObject({ main: 'one', tasks: ['one', 'one'], list: ['words.jar'] })
  })

  test('that are bad are told: before anything runs, and at the line of addArchive', async ({ sandbox }) => {
    const zip = sandbox.write('in/good.zip', zipOf(packed('one')))
    const evil = sandbox.write('in/evil.zip', zipOf([{ name: '../../evil', text: '!' }]))
    const [usage, given, added] = await Promise.all([
      sandbox.submit('archives', [], { flags: ['--archives', 'nothing.zip'] }),
      sandbox.submit('archives', [], { flags: ['--archives', evil] }),
      sandbox.submit('archives', ['good.zip', evil], { flags: ['--archives', zip] }),
    ])
    expect({ code: usage.exitCode, stderr: usage.stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/--archives: \S+nothing.zip is no file/) })
    expect({ code: given.exitCode, stdout: given.stdout }).toEqual({ code: 1, stdout: '' })
    expect(given.stderr).toContain('archive evil.zip cannot be unpacked: invalid relative path: ../../evil')
    expect(added.exitCode).toBe(1)
    expect(added.stderr).toContain('archive more cannot be unpacked: invalid relative path: ../../evil')
    expect(added.stderr).toMatch(/archives\.ts:\d+:\d+/)
    expect(added.stderr).toContain('TSPARK_INPUT')
  })
})
