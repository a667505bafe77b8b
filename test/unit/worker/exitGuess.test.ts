import { describe, expect, it } from 'vitest'
import { causedByApp } from '../../../src/protocol/causedByApp.js'
import { exitGuess, type ProcessEnd } from '../../../src/worker/exitGuess.js'

it.each([
  [134, null, ['FATAL ERROR: invalid table size Allocation failed - JavaScript heap out of memory'], /heap was full/],
  [null, 'SIGABRT', ['FATAL ERROR: Reached heap limit'], /heap was full/],
  [null, 'SIGABRT', [], /aborted/],
  [null, 'SIGKILL', [], /from outside/],
  [137, null, [], /killed from outside/],
  [null, 'SIGSEGV', [], /native code/],
  [null, 'SIGABRT', ["terminate called after throwing an instance of 'std::bad_alloc'"], /machine had none left/],
] as const)('guesses from exit code %s, signal %s and stderr %j', (code, signal, stderr, guess) => {
  expect(exitGuess({ exitCode: code, signal, stderr }).guess).toMatch(guess)
})

it('guesses nothing where nothing points anywhere', () => {
  expect(exitGuess({ exitCode: 1, signal: null, stderr: ['Error: no such thing'] })).toEqual({})
})

describe('whether an end speaks against the application', () => {
  const counts = (end: Partial<ProcessEnd>) => {
    const { exitCode = null, signal = null } = end
    return causedByApp({ kind: signal === null ? 'exit' : 'signal', ...exitGuess({ exitCode, signal, stderr: [], ...end }) })
  }

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'])('%s does not, unless its own code has sent it', (signal) => {
    expect(counts({ signal })).toBe(false)
    expect(counts({ signal, ownSignal: signal })).toBe(true)
    expect(counts({ signal, ownSignal: 'SIGUSR2' })).toBe(false)
  })

  it('SIGKILL does for a process that had more than its memory', () => {
    expect(counts({ signal: 'SIGKILL', full: true })).toBe(true)
    expect(counts({ signal: 'SIGTERM', full: true })).toBe(false)
  })

  it.each(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGTRAP'])('%s does', (signal) => {
    expect(counts({ signal })).toBe(true)
  })

  it('an exit code does, whichever', () => {
    for (const exitCode of [0, 1, 3, 137]) expect(counts({ exitCode })).toBe(true)
  })

  it('a stop or a lost worker does not', () => {
    expect([causedByApp({ kind: 'killed' }), causedByApp({ kind: 'lost' })]).toEqual([false, false])
  })
})
