import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { randomMains } from './randomPrograms.js'
import { ShippingLane } from './shipping.js'

const lane = new ShippingLane()
afterAll(() => lane.remove())

let count = 0

test('a shipped function gives what the original gives, whatever it captures', async () => {
  await fc.assert(
    fc.asyncProperty(randomMains, async (mains) => {
      const file = `fuzz${count++}.js`
      lane.write({ [file]: jobOf(mains) })
      const shipped = Object.values(await lane.run(file))
      expect(shipped.length).toBeGreaterThan(mains.length * 3)
      const wrong = shipped.filter(({ error, direct, arrived }) => error !== undefined || arrived?.value !== direct)
      const programs = [...new Set(wrong.map(({ name }) => mains[Number.parseInt(name, 10)]))]
      expect(
        wrong.map(({ name, error, direct, arrived }) => [name, error, direct, arrived?.value]),
        programs[0],
      ).toEqual([])
    }),
    { numRuns: Number(process.env.TSPARK_FUZZ_RUNS ?? 3), endOnFailure: true },
  )
})

/** Each function is called with small numbers where it is and where it goes. */
function jobOf(mains: readonly string[]): string {
  return `const TOP = 3
const topLevel = x => x + TOP
const mains = [${mains.join(',\n')}]
export default ({ ship }) => {
  mains.forEach((main, at) => {
    let n = 0
    const keep = fn => { for (const x of [0, 2, 7]) ship(at + '/' + n + '/' + x, fn, x); n++ }
    try { main(keep) } catch (error) { if (!(error instanceof RangeError || error instanceof ReferenceError || error instanceof TypeError)) throw error }
  })
}
`
}
