import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { type BuildResult, buildJob } from '../../../src/build/buildJob.js'

const folder = mkdtempSync(join(tmpdir(), 'tspark-cache-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let home = ''
let count = 0
beforeEach(() => {
  home = join(folder, String(count++))
})

function write(name: string, text: string): string {
  const path = join(home, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

const build = (): Promise<BuildResult> => buildJob({ jobFile: join(home, 'job.ts'), cacheDir: join(home, 'cache') })
const settled = (path: string): void => utimesSync(path, new Date(0), new Date(0))

test('a file that was only touched does not make a build old', async () => {
  settled(write('job.ts', 'export default () => 1'))
  const first = await build()
  utimesSync(join(home, 'job.ts'), new Date(), new Date())
  expect(await build()).toMatchObject({ cached: true, artifact: first.artifact })
})

test('a change that keeps size and times is seen', async () => {
  const path = write('job.ts', 'export default () => 1')
  settled(path)
  await build()
  writeFileSync(path, 'export default () => 2')
  settled(path)
  expect((await build()).cached).toBe(false)
})

test('a build stays as it was while a newer one of the same job is made', async () => {
  const path = write('job.ts', 'export default () => 1')
  const { artifact } = await build()
  const before = [artifact.bundlePath, artifact.mapPath, artifact.metaPath].map((file) => readFileSync(file, 'utf8'))
  writeFileSync(path, '\n\nexport default () => 22')
  expect((await build()).artifact.hash).not.toBe(artifact.hash)
  expect([artifact.bundlePath, artifact.mapPath, artifact.metaPath].map((file) => readFileSync(file, 'utf8'))).toEqual(before)
})

test('compiler options count, also those that a tsconfig takes from another', async () => {
  write('options/base.json', '{ "compilerOptions": { "useDefineForClassFields": true } }')
  write('tsconfig.json', '{ "extends": "./options/base" }')
  write('job.ts', 'class A { n }\nexport default () => new A()')
  for (const name of ['options/base.json', 'tsconfig.json', 'job.ts']) settled(join(home, name))
  // what is being written is never trusted
  await expect.poll(async () => (await build()).cached).toBe(true)
  const first = await build()
  write('options/base.json', '{ "compilerOptions": { "useDefineForClassFields": false } }')
  const second = await build()
  expect([second.cached, second.artifact.hash === first.artifact.hash]).toEqual([false, false])
})

test('a package that is installed nearer to the job is found', async () => {
  write('node_modules/dep/package.json', '{"name":"dep","main":"i.js"}')
  write('node_modules/dep/i.js', 'exports.n = 1')
  const jobFile = write('jobs/job.ts', "import { n } from 'dep'\nexport default () => n")
  const options = { jobFile, cacheDir: join(home, 'cache') }
  await expect.poll(async () => (await buildJob(options)).cached).toBe(true)
  const first = await buildJob(options)
  write('jobs/node_modules/dep/package.json', '{"name":"dep","main":"i.js"}')
  write('jobs/node_modules/dep/i.js', 'exports.n = 2')
  const second = await buildJob(options)
  expect([second.cached, second.artifact.hash === first.artifact.hash]).toEqual([false, false])
})

test('builds at the same time all give the whole bundle', async () => {
  write('job.ts', 'export default () => 1')
  const results = await Promise.all(Array.from({ length: 6 }, build))
  const texts = new Set(results.map(({ artifact }) => readFileSync(artifact.bundlePath, 'utf8')))
  expect(texts.size).toBe(1)
  expect((await build()).cached).toBe(true)
})

test('the cache holds fifty builds, the latest', async () => {
  mkdirSync(join(home, 'cache'), { recursive: true })
  for (let i = 0; i < 60; i++) {
    mkdirSync(join(home, 'cache', `old${i}-x`))
    writeFileSync(join(home, 'cache', `old${i}.json`), '{}')
    settled(join(home, 'cache', `old${i}-x`))
  }
  write('job.ts', 'export default () => 1')
  const { artifact } = await build()
  const names = readdirSync(join(home, 'cache'))
  expect(names.filter((name) => name.endsWith('.json'))).toHaveLength(50)
  expect(names.filter((name) => !name.endsWith('.json'))).toHaveLength(50)
  expect(existsSync(artifact.bundlePath)).toBe(true)
})
