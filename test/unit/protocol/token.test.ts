import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureToken, findToken, tokenPath } from '../../../src/protocol/token.js'

describe('the token file', () => {
  let dir: string
  let env: NodeJS.ProcessEnv

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tspark-token-'))
    env = { XDG_CONFIG_HOME: join(dir, 'config') }
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  it('is made once, for its owner only, and nothing lies beside it', () => {
    const token = ensureToken({ env })
    const path = tokenPath(env)
    expect(token).toMatch(/^[\da-f]{64}$/)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    expect(readdirSync(dirname(path))).toEqual(['token'])
    expect(ensureToken({ env })).toBe(token)
    expect(findToken({ env })).toBe(token)
  })

  it('lies in the home folder without XDG_CONFIG_HOME', () => {
    expect(tokenPath({ HOME: '/home/ada' })).toBe('/home/ada/.config/tspark/token')
  })

  it('is refused when others can read it, with the chmod to run', () => {
    ensureToken({ env })
    chmodSync(tokenPath(env), 0o640)
    const refusal = expect.objectContaining({ code: 'TSPARK_UNAUTHORIZED', hint: `chmod 600 ${tokenPath(env)}` })
    expect(() => findToken({ env })).toThrow(refusal)
    expect(() => ensureToken({ env })).toThrow(refusal)
  })

  it('is named by the option before the variable before the default', () => {
    const [byOption, byVariable] = ['option', 'variable'].map((name) => join(dir, name)) as [string, string]
    writeFileSync(byOption, `${'o'.repeat(32)}\n`, { mode: 0o600 })
    writeFileSync(byVariable, 'v'.repeat(32), { mode: 0o600 })
    expect(findToken({ tokenFile: byOption, env: { ...env, TSPARK_TOKEN_FILE: byVariable } })).toBe('o'.repeat(32))
    expect(findToken({ env: { ...env, TSPARK_TOKEN_FILE: byVariable } })).toBe('v'.repeat(32))
  })

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['too short', 'abc'],
    ['more than a line', `${'a'.repeat(32)}\n${'b'.repeat(32)}`],
  ])('is refused when it is %s', (_name, text) => {
    const path = join(dir, 'token')
    if (text !== undefined) writeFileSync(path, text, { mode: 0o600 })
    expect(() => findToken({ tokenFile: path, env })).toThrow(expect.objectContaining({ code: 'TSPARK_UNAUTHORIZED', message: expect.stringContaining(path) }))
  })
})
