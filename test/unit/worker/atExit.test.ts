import { expect, it } from 'vitest'
import { atExit } from '../../../src/worker/atExit.js'

it('listens to the end of the process once for all, and no longer than needed', () => {
  const before = process.listenerCount('exit')
  const cancels = [atExit(() => {}), atExit(() => {})]
  expect(process.listenerCount('exit')).toBe(before + 1)
  for (const cancel of cancels) cancel()
  expect(process.listenerCount('exit')).toBe(before)
})
