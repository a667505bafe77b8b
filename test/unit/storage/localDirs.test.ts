import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findIn, LocalDirs } from '../../../src/storage/localDirs.js'

const names = Array.from({ length: 200 }, (_, i) => `${i}-${i + 7}`)

function threeDisks(): string[] {
  const root = mkdtempSync(join(tmpdir(), 'disks-'))
  return ['a', 'b', 'c'].map((name) => join(root, name))
}

describe('the folders of an application on several disks', () => {
  it('all get their share, and a file is found where it was put', () => {
    const dirs = new LocalDirs(threeDisks())
    for (const name of names) writeFileSync(dirs.place('shuffle/3', name), name)
    const used = names.map((name) => dirs.find('shuffle/3', name))
    for (const root of dirs.roots) expect(used.filter((path) => path.startsWith(root)).length).toBeGreaterThan(30)
    const folders = dirs.roots.map((root) => join(root, 'shuffle/3'))
    expect(names.map((name) => findIn(folders, name))).toEqual(used)
  })

  it('take no new files where a disk has failed, and what lies there is still found', () => {
    const dirs = new LocalDirs(threeDisks())
    for (const name of names.slice(0, 100)) writeFileSync(dirs.place('tmp', name), '')
    const before = names.slice(0, 100).map((name) => dirs.find('tmp', name))
    expect(dirs.failPath(join(dirs.roots[1]!, 'tmp', 'x'))).toBe(1)
    expect(dirs.failPath(join(dirs.roots[1]!, 'tmp', 'y'))).toBeUndefined()
    expect(dirs.failPath('/somewhere/else')).toBeUndefined()
    expect(dirs.failed).toEqual([1])
    for (const name of names.slice(100)) {
      const path = dirs.place('tmp', name)
      expect(path.startsWith(`${dirs.roots[1]}/`)).toBe(false)
      writeFileSync(path, '')
      expect(dirs.find('tmp', name)).toBe(path)
    }
    expect(names.slice(0, 100).map((name) => dirs.find('tmp', name))).toEqual(before)
  })

  it('share what they know, and try the first disk again when all have failed', () => {
    const shared = new Int32Array(new SharedArrayBuffer(12))
    const roots = threeDisks()
    const [one, other] = [new LocalDirs(roots, shared), new LocalDirs(roots, shared)]
    for (const disk of [0, 1, 2]) one.failDisk(disk)
    expect(other.failed).toEqual([0, 1, 2])
    expect(roots.some((root) => other.place('tmp', 'a').startsWith(root))).toBe(true)
  })

  it('a disk that takes no folder is left to whoever opens the file', () => {
    const [root] = threeDisks()
    mkdirSync(dirname(root!), { recursive: true })
    writeFileSync(root!, 'no folder')
    expect(new LocalDirs([root!]).place('tmp', 'a')).toBe(join(root!, 'tmp', 'a'))
  })
})
