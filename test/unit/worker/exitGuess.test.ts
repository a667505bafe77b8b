import { expect, it } from 'vitest'
import { exitGuess } from '../../../src/worker/exitGuess.js'

it.each([
  [134, null, ['FATAL ERROR: invalid table size Allocation failed - JavaScript heap out of memory'], /heap was full/],
  [null, 'SIGABRT', ['FATAL ERROR: Reached heap limit'], /heap was full/],
  [null, 'SIGABRT', [], /aborted/],
  [null, 'SIGKILL', [], /killed from outside/],
  [137, null, [], /killed from outside/],
  [null, 'SIGSEGV', [], /native code/],
  [null, 'SIGABRT', ["terminate called after throwing an instance of 'std::bad_alloc'"], /machine had none left/],
] as const)('guesses from exit code %s, signal %s and stderr %j', (code, signal, stderr, guess) => {
  expect(exitGuess(code, signal, stderr)).toMatch(guess)
})

it('guesses nothing where nothing points anywhere', () => {
  expect(exitGuess(1, null, ['Error: no such thing'])).toBeUndefined()
})
