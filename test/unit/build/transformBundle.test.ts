import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { originalPositionFor, sourceContentFor, TraceMap } from '@jridgewell/trace-mapping'
import { parse, tokenizer } from 'acorn'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuildResult, buildJob } from '../../../src/build/buildJob.js'
import { ShippingLane } from '../closure/shipping.js'

const VALUES = fileURLToPath(new URL('../../fixtures/closures/values.ts', import.meta.url))
/** Names to acorn's tokenizer, and nothing of their own to a map. */
const KEYWORDS = new Set(['let', 'from', 'of', 'async', 'meta', 'static', 'get', 'set'])
const lane = new ShippingLane()
afterAll(() => lane.remove())

let result: BuildResult
let code = ''
beforeAll(async () => {
  result = await buildJob({ jobFile: VALUES, cacheDir: `${lane.folder}/cache` })
  code = readFileSync(result.artifact.bundlePath, 'utf8')
})

test('a bundle is a valid module, and its id is the hash of what it says', () => {
  expect(() => parse(code, { ecmaVersion: 'latest', sourceType: 'module' })).not.toThrow()
  expect(result.artifact.hash).toMatch(/^[0-9a-f]{64}$/)
})

test('the same sources give the same bundle', async () => {
  const again = await buildJob({ jobFile: VALUES, cacheDir: `${lane.folder}/other-cache` })
  expect([again.cached, readFileSync(again.artifact.bundlePath, 'utf8') === code]).toEqual([false, true])
})

test('names in the bundle, and in the copies of function bodies, map to the same names in the sources', () => {
  const map = new TraceMap(readFileSync(result.artifact.mapPath, 'utf8'))
  const footer = code.lastIndexOf('function $tspend()')
  let [body, copies] = [0, 0]
  const wrong: string[] = []
  for (const token of tokenizer(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true })) {
    const name = code.slice(token.start, token.end)
    if (token.type.label !== 'name' || KEYWORDS.has(name)) continue
    const { line, column } = token.loc!.start
    const found = originalPositionFor(map, { line, column })
    if (found.source === null || found.source.startsWith('tspark:')) continue
    const text = sourceContentFor(map, found.source)!.split('\n')[found.line - 1]!.slice(found.column)
    // esbuild maps some names to the expression they begin, and inserts its own
    if (!new RegExp(`^(${quoted(name)}\\b|[^\\w$])`).test(text) && new RegExp(`\\b${quoted(name)}\\b`).test(text)) wrong.push(`${name} -> ${text.slice(0, 30)}`)
    if (text.startsWith(name)) token.start < footer ? body++ : copies++
  }
  expect(wrong).toEqual([])
  expect([body > 300, copies > 200]).toEqual([true, true])
})

test('a line that looks like the beginning of a file is none', async () => {
  lane.write({
    'src/other.ts': 'export const other = (x: number) => x + 1',
    'job.ts': `import { other } from './src/other.js'
const text = \`
// src/other.ts
// node_modules/x/index.js
\`
export default ({ ship }: any) => {
  const n = text.length
  ship('after the text', (x: number) => other(x) + n, 1)
}`,
  })
  const { 'after the text': shipped } = await lane.run('job.ts')
  expect([shipped?.error, shipped?.arrived?.value]).toEqual([undefined, shipped?.direct])
})

test('a bundle runs in a program that is not tspark’s', async () => {
  lane.write({ 'plain.ts': 'export default (n: number) => [1].map(x => x + n)' })
  const { artifact } = await lane.build('plain.ts')
  const { default: main } = (await import(/* @vite-ignore */ pathToFileURL(artifact.bundlePath).href)) as { default: (n: number) => number[] }
  expect(main(2)).toEqual([3])
})

test('decorators of the older kind, and fields as assignments, follow the tsconfig', async () => {
  lane.write({
    'legacy/tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true, "useDefineForClassFields": false } }',
    'legacy/job.ts': `function doubled(_: unknown, __: string, descriptor: PropertyDescriptor) {
  const original = descriptor.value
  descriptor.value = function (...args: unknown[]) { return original.apply(this, args) * 2 }
}
function sealed(target: Function) { Object.seal(target.prototype) }
@sealed class Old { n = 3; @doubled times(x: number) { return this.n * x } }
export default ({ ship }: any) => {
  const old = new Old()
  ship('legacy decorators', (x: number) => [old.times(x), old instanceof Old, old], 2)
}`,
  })
  const { 'legacy decorators': shipped } = await lane.run('legacy/job.ts')
  expect([shipped?.error, shipped?.arrived?.value]).toEqual([undefined, '[ 12, true, Old { n: 3 } ]'])
})

function quoted(name: string): string {
  return name.replace(/\$/g, '\\$')
}
