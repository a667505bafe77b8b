import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { listFiles } from '../../../src/sources/listInput.js'
import { OutputCommitter } from '../../../src/sources/outputCommitter.js'

const folder = mkdtempSync(join(tmpdir(), 'tspark-kinds-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a pipe is refused as input: a task that runs again would find nothing in it', () => {
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  expect(() => listFiles(path)).toThrow(`input ${path} is a pipe, no file`)
})

test('outputs go to paths of this machine only', () => {
  const form = { single: false, compression: 'none' } as const
  expect(() => OutputCommitter.prepare('s3://bucket/x', form)).toThrow("files of 's3:' cannot be written")
  writeFileSync(join(folder, 'file'), '')
  expect(() => OutputCommitter.prepare(join(folder, 'file', 'below'), form)).toThrow('cannot be written')
})
