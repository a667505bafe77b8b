import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

// Everything a test file puts into the temporary folder lies in one of its own, which goes with it.
const before = process.env.TMPDIR
const folder = mkdtempSync(join(tmpdir(), 'tspark-unit-'))
process.env.TMPDIR = folder

afterAll(() => {
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
  rmSync(folder, { recursive: true, force: true })
})
