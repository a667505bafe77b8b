import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'

const SOAK = fileURLToPath(new URL('./soak.mjs', import.meta.url))

describe('a soak', () => {
  it('ends with right answers and nothing left, whatever is killed', { timeout: 240_000 }, async () => {
    const { stdout, exitCode } = await execa('node', [SOAK, '--seed', '3', '--kills', '25', '--every', '700'], { reject: false })
    expect(stdout).toMatch(/^25 kills .*\n?$/)
    expect(exitCode).toBe(0)
  })
})
