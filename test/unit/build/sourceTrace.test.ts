import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MappedStack, mapStack } from '../../../src/build/sourceTrace.js'
import { ShippingLane } from '../closure/shipping.js'

const lane = new ShippingLane()
afterAll(() => lane.remove())

const JOB = `interface Unused { a: number }
import { fails } from 'faulty'

async function inner(text: string): Promise<void> {
  await null
  throw new RangeError('bad: ' + text)
}
export const thrown = {
  async named() { await inner('x') },
  anonymous: (() => async () => { await fails() })(),
  sync: (list: number[]) => list.map(n => { if (n > 1) throw new Error('sync'); return n }),
}
export default () => thrown
`

let stacks: Record<string, MappedStack>
beforeAll(async () => {
  lane.write({
    'node_modules/faulty/package.json': '{"name":"faulty","type":"module","main":"index.js"}',
    'node_modules/faulty/index.js': 'export async function fails() {\n  await null\n  throw new Error("in a package")\n}',
    'job.ts': JOB,
  })
  const { artifact } = await lane.build('job.ts')
  const { default: main } = (await import(/* @vite-ignore */ pathToFileURL(artifact.bundlePath).href)) as {
    default: () => Record<string, (list: number[]) => unknown>
  }
  stacks = {}
  for (const [name, fn] of Object.entries(main())) {
    try {
      await fn([1, 2])
    } catch (error) {
      stacks[name] = mapStack((error as Error).stack!, artifact)
    }
  }
})

const short = ({ frames }: MappedStack): string[] => frames.map((frame) => frame.replace(/[^ (]*tspark-ship-\w+\//, ''))

test('frames are the user’s, in the user’s files', () => {
  expect(short(stacks.sync!).slice(0, 2)).toEqual([expect.stringMatching(/at .*job\.ts:11:\d+/), expect.stringMatching(/at .*job\.ts:11:\d+/)])
  expect(stacks.sync!.frames.every((frame) => !/node:|vitest|dist\//.test(frame))).toBe(true)
})

test('async callers are told too', () => {
  expect(short(stacks.named!)).toEqual([expect.stringMatching(/^at inner \(job\.ts:6:9\)$/), expect.stringMatching(/named \(job\.ts:9:\d+\)$/)])
})

test('an error of a package is placed where the user called it', () => {
  const { location, codeFrame } = stacks.anonymous!
  expect(short(stacks.anonymous!)).toEqual([expect.stringMatching(/^at .*job\.ts:10:\d+/), 'at fails (node_modules/faulty/index.js:3:9)'])
  expect(location).toMatch(/job\.ts:10:\d+$/)
  expect(codeFrame).toContain('> 10 |   anonymous: (() => async () => { await fails() })(),')
})
