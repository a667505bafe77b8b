import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { archiveOf } from '../../../src/sources/archive.js'
import { unpackArchive } from '../../../src/sources/unpackArchive.js'
import { type Packed, tarGzOf, tarOf, zipOf } from '../../helpers/archives.js'
import { test } from './temporaryFolder.js'

const TREE: Packed[] = [{ name: 'empty/' }, { name: 'a.txt', text: 'a' }, { name: 'bin/run', text: 'go', mode: 0o755 }]

async function unpack(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  const target = join(folder, 'unpacked')
  rmSync(target, { recursive: true, force: true })
  await unpackArchive(path, archiveOf(path).kind, target, name)
  return target
}

describe('unpacking an archive', () => {
  test.for([
    ['x.zip', zipOf(TREE)],
    ['x.JAR', zipOf(TREE)],
    ['x.tar', tarOf(TREE)],
    ['x.tar.gz', tarGzOf(TREE)],
    ['x.tgz', tarGzOf(TREE)],
  ] as const)('%s gives its files, with what may be run', async ([name, bytes], { folder }) => {
    const target = await unpack(folder, name, bytes)
    expect((readdirSync(target, { recursive: true }) as string[]).sort()).toEqual(['a.txt', 'bin', 'bin/run', 'empty'])
    expect(readFileSync(join(target, 'bin/run'), 'utf8')).toBe('go')
    expect([statSync(join(target, 'a.txt')).mode & 0o100, statSync(join(target, 'bin/run')).mode & 0o100]).toEqual([0, 0o100])
  })

  test('what was not to be written by its owner can be removed, and no file brings rights along', async ({ folder }) => {
    const target = await unpack(
      folder,
      'x.tar',
      tarOf([
        { name: 'd/', mode: 0o555 },
        { name: 'd/f', mode: 0o4555 },
      ]),
    )
    expect([statSync(join(target, 'd')).mode & 0o7700, statSync(join(target, 'd/f')).mode & 0o7700]).toEqual([0o700, 0o700])
  })

  test('links inside of a tar stay', async ({ folder }) => {
    const target = await unpack(folder, 'x.tar', tarOf([...TREE, { name: 'bin/a', link: '../a.txt' }, { name: 'same', link: 'a.txt', hard: true }]))
    expect([readFileSync(join(target, 'bin/a'), 'utf8'), readFileSync(join(target, 'same'), 'utf8')]).toEqual(['a', 'a'])
  })

  test.for([
    ['a name above the folder in a zip', 'x.zip', zipOf([{ name: '../out', text: '!' }])],
    ['a name above the folder, later in its path', 'x.zip', zipOf([{ name: 'a/../../out', text: '!' }])],
    ['a name above the folder with backslashes', 'x.zip', zipOf([{ name: '..\\out', text: '!' }])],
    ['an absolute name in a zip', 'x.zip', zipOf([{ name: '/tmp/tspark-out', text: '!' }])],
    [
      'a link in a zip',
      'x.zip',
      zipOf([
        { name: 'up', link: '..' },
        { name: 'up/out', text: '!' },
      ]),
    ],
    ['a checksum that is wrong', 'x.zip', zipOf([{ name: 'a', text: 'a', damaged: true }])],
    ['a zip that is none', 'x.zip', Buffer.from('no zip')],
    ['a zip that is cut', 'x.zip', zipOf(TREE).subarray(0, 100)],
    ['a name above the folder in a tar', 'x.tar', tarOf([{ name: '../out', text: '!' }])],
    ['an absolute name in a tar', 'x.tar', tarOf([{ name: '/tmp/tspark-out', text: '!' }])],
    ['a link that leads out', 'x.tar', tarOf([{ name: 'up', link: '..' }])],
    ['a link that is absolute', 'x.tar', tarOf([{ name: 'etc', link: '/etc' }])],
    [
      'writing through a link',
      'x.tar',
      tarOf([
        { name: 'up', link: '..' },
        { name: 'up/out', text: '!' },
      ]),
    ],
    [
      'a link over a link that leads out',
      'x.tar',
      tarOf([{ name: 'd/e/' }, { name: 'r', link: 'd/e' }, { name: 'up', link: 'r/../..' }, { name: 'x', link: 'up/..' }]),
    ],
    ['a hard link that leads out', 'x.tar', tarOf([{ name: 'h', link: '../x.tar', hard: true }])],
    ['a link that leads nowhere', 'x.tar', tarOf([{ name: 'gone', link: 'nothing' }])],
    ['a tar that is none', 'x.tar', Buffer.alloc(2048, 'no tar')],
    ['a tar that is cut', 'x.tar', tarOf([{ name: 'a', text: 'a'.repeat(5000) }]).subarray(0, 2000)],
    ['a gzip that is cut', 'x.tgz', tarGzOf([...TREE, { name: 'b', text: Array.from({ length: 9999 }, (_, n) => n ** 3).join() }]).subarray(0, 300)],
  ] as const)('%s is refused, and nothing is left', async ([, name, bytes], { folder }) => {
    await expect(unpack(folder, name, bytes)).rejects.toThrow(
      expect.objectContaining({ code: 'TSPARK_INPUT', message: expect.stringMatching(/^archive x\.\w+ cannot be unpacked: ./) }),
    )
    expect(readdirSync(folder)).toEqual([name])
    expect(existsSync('/tmp/tspark-out')).toBe(false)
  })
})

describe('the name of an archive', () => {
  test('is the file, or what stands behind #', ({ folder }) => {
    const path = join(folder, 'x.zip')
    writeFileSync(path, '')
    expect([archiveOf(path), archiveOf(`file://${path}#lib`)]).toEqual([
      { name: 'x.zip', path, kind: 'zip' },
      { name: 'lib', path, kind: 'zip' },
    ])
    for (const alias of ['', '..', 'a/b', 'a\\b']) expect(() => archiveOf(`${path}#${alias}`)).toThrow('without slashes')
    expect(() => archiveOf(join(folder, 'none.zip'))).toThrow('none.zip is no file')
    writeFileSync(join(folder, 'x.rar'), '')
    expect(() => archiveOf(join(folder, 'x.rar'))).toThrow('ends with none of .zip')
  })
})
