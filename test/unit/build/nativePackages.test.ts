import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildJob } from '../../../src/build/buildJob.js'
import { type Shipped, ShippingLane } from '../closure/shipping.js'

const lane = new ShippingLane()
afterAll(() => lane.remove())

const JOB = `
import * as all from 'natty'
import { sub } from 'natty/sub/deep.js'
import { twice } from 'natty'
import { waits } from 'modern-native'
export default async ({ ship }: any) => {
  ship('used in a function', (x: number) => [twice(x), all.twice(x), sub], 4)
  ship('by name', twice, 4)
  ship('a package of ES modules', (x: number) => waits(x), 4)
}
`

let shipped: Record<string, Shipped>
beforeAll(async () => {
  lane.write({
    'node_modules/natty/package.json': '{"name":"natty","version":"1.0.0","gypfile":true,"main":"index.js"}',
    'node_modules/natty/index.js': 'exports.twice = x => x * 2; exports.here = __dirname',
    'node_modules/natty/sub/deep.js': 'exports.sub = "deep"',
    'node_modules/modern-native/package.json':
      '{"name":"modern-native","version":"1.0.0","type":"module","exports":{"import":"./lib/entry.js"},"dependencies":{"node-gyp-build":"4"}}',
    'node_modules/modern-native/lib/entry.js': 'export const waits = x => x + 0.5',
    'node_modules/plain/package.json': '{"name":"plain","main":"index.js"}',
    'node_modules/plain/index.js': 'exports.inner = "in the bundle or not"',
    'job.ts': JOB,
    'chosen.ts': "import { inner } from 'plain'\nexport default () => inner",
  })
  shipped = await lane.run('job.ts')
})

test('packages with native code are left out of the bundle and listed', async () => {
  const { artifact } = await lane.build('job.ts')
  expect(artifact.externals.map((name) => name.replace(/^.*node_modules\//, '')).sort()).toEqual([
    'modern-native/lib/entry.js',
    'natty/index.js',
    'natty/sub/deep.js',
  ])
})

test('they are found from where the job is, wherever it was started', () => {
  const results = Object.entries(shipped).map(([name, { direct, arrived, error }]) => [name, error ?? direct, arrived?.value])
  expect(results).toEqual([
    ['used in a function', "[ 8, 8, 'deep' ]", "[ 8, 8, 'deep' ]"],
    ['by name', '8', '8'],
    ['a package of ES modules', '4.5', '4.5'],
  ])
})

test('other packages can be left out by name', async () => {
  const jobFile = `${lane.folder}/chosen.ts`
  const bundled = await buildJob({ jobFile, cacheDir: `${lane.folder}/cache` })
  const left = await buildJob({ jobFile, cacheDir: `${lane.folder}/cache`, external: ['plain'] })
  expect([bundled.artifact.externals, left.artifact.externals.length, left.cached]).toEqual([[], 1, false])
})
