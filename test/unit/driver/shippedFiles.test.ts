import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ShippedFiles } from '../../../src/driver/shippedFiles.js'
import { archiveOf } from '../../../src/sources/archive.js'
import { tarGzOf, zipOf } from '../../helpers/archives.js'

const entries = Array.from({ length: 20 }, (_, i) => ({ name: `data/${i}.txt`, text: `${i} `.repeat(50_000) }))

test.each([
  ['big.zip', zipOf(entries)],
  ['big.tar.gz', tarGzOf(entries)],
])('the driver goes on with its work while %s of the command line is unpacked', async (name, bytes) => {
  const path = join(tmpdir(), name)
  writeFileSync(path, bytes)
  const files = new ShippedFiles({ files: [], localDirs: [tmpdir()] })
  let turns = 0
  const turn = (): void => {
    turns++
    timer = setImmediate(turn)
  }
  let timer = setImmediate(turn)
  await files.unpackArchive(archiveOf(path))
  clearImmediate(timer)
  expect(turns).toBeGreaterThan(entries.length)
  expect(files.archiveNames).toEqual([name])
  expect(readFileSync(join(files.find(name)!, 'data/7.txt'), 'utf8')).toBe(entries[7]!.text)
})

test('a bad archive is found by no name', async () => {
  const path = join(tmpdir(), 'evil.zip')
  writeFileSync(path, zipOf([{ name: '../../evil', text: '!' }]))
  const files = new ShippedFiles({ files: [], localDirs: [tmpdir()] })
  await expect(files.unpackArchive(archiveOf(path))).rejects.toMatchObject({ code: 'TSPARK_INPUT' })
  expect([files.archiveNames, files.find('evil.zip')]).toEqual([[], undefined])
})
