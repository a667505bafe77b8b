import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { BuildError } from '../../../src/build/buildError.js'
import { buildJob } from '../../../src/build/buildJob.js'

const folder = mkdtempSync(join(tmpdir(), 'tspark-build-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0

/** Builds `export default defineJob(async ({ sc, args }) => { <body> })` below `head`; gives what it tells, or the error. */
async function diagnose(body: string, head = ''): Promise<string[]> {
  const jobFile = join(folder, `job${count++}.ts`)
  const text = `import { defineJob, type RDD, type SparkContext } from 'tspark'\n${head}\nexport default defineJob(async ({ sc, args }) => {\n${body}\n})\n`
  writeFileSync(jobFile, text)
  try {
    const { warnings } = await buildJob({ jobFile, cacheDir: join(folder, 'cache') })
    return warnings.map(({ severity, line, column, message }) => `${severity} ${line}:${column} ${message}`)
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    return [`error ${error.location?.replace(/^.*\.ts:/, '')} ${error.message}`]
  }
}

describe('a function that is visibly passed to an RDD', () => {
  test.each([
    ['assigns a captured variable', 'let n = 0; await sc.range(3).foreach(x => { n += x })', '4:45', "'n' is assigned inside a function passed to foreach()"],
    [
      'assigns it in a nested function',
      'let n = 0; await sc.range(3).foreach(x => [x].forEach(() => n++))',
      '4:61',
      "'n' is assigned inside a function passed to foreach()",
    ],
    ['assigns it under its own name', 'let n = 0; const inc = (x: number) => { n++ }; await sc.range(3).foreach(inc)', '4:41', "'n' is assigned inside"],
    ['captures sc', 'await sc.range(3).map(x => sc.range(x)).count()', '4:28', "'sc' is the SparkContext and is captured by a function passed to map()"],
    ['captures an RDD', 'const r = sc.range(2); await sc.range(3).map(x => r.count()).count()', '4:51', "'r' is an RDD and is captured"],
    [
      'captures an RDD of a chain',
      "const r = sc.textFile('a').filter(l => l !== ''); await sc.range(3).map(x => r).count()",
      '4:78',
      "'r' is an RDD and is captured",
    ],
  ])('that %s does not build', async (_, body, at, message) => {
    const [told] = await diagnose(body)
    expect(told).toContain(`error ${at} `)
    expect(told).toContain(message)
  })

  test('in a function whose parameter is annotated', async () => {
    const [told] = await diagnose('', 'export function run(numbers: RDD<number>, sc: SparkContext) {\n  return numbers.map(x => sc.range(x))\n}')
    expect(told).toContain("error 3:27 'sc' is the SparkContext")
  })

  test('in a context that is not taken apart', async () => {
    const jobFile = join(folder, 'whole.ts')
    writeFileSync(
      jobFile,
      "import { defineJob } from 'tspark'\nexport default defineJob(async ctx => {\n  const { sc } = ctx\n  await sc.range(2).map(x => sc.range(x)).count()\n})\n",
    )
    await expect(buildJob({ jobFile, cacheDir: join(folder, 'cache') })).rejects.toThrow("'sc' is the SparkContext")
  })

  test('with a private member does not build', async () => {
    const [told] = await diagnose('', 'export class C { #k = 1; run(r: RDD<number>) { return r.map(x => x * this.#k) } }')
    expect(told).toContain('uses the private member #k')
  })

  test.each([
    ['super', 'export class C extends Array { run(r: RDD<number>) { return r.map(x => super.at(x)) } }', 'passed to map() but uses super'],
    ['new.target', 'export function run(this: unknown, r: RDD<unknown>) { return r.map(() => new.target) }', 'passed to map() but uses new.target'],
  ])('with %s does not build', async (_, head, message) => {
    expect((await diagnose('', head))[0]).toContain(message)
  })

  test('is warned of when the captured variable changes later, but not in a common loop', async () => {
    expect(await diagnose('let k = 1; const r = sc.range(3).map(x => x + k); k = 2; await r.count()')).toEqual([
      expect.stringContaining("'k' is assigned after the function passed to map() captured it"),
    ])
    expect(await diagnose('let k = 1; for (let i = 0; i < 3; i++) { await sc.range(3).map(x => x + k).count(); k++ }')).toEqual([])
  })

  test('is warned of module-level variables that differ between driver and executors', async () => {
    expect(await diagnose('await sc.range(3).foreach(() => { seen++ })', 'let seen = 0')).toEqual([
      expect.stringContaining("module-level 'seen' is updated inside a function passed to foreach()"),
    ])
    expect(await diagnose('limit = args.length; await sc.range(3).filter(x => x < limit).count()', 'let limit = 0')).toEqual([
      expect.stringContaining("module-level 'limit' is read by a function passed to filter()"),
    ])
    expect(await diagnose('await sc.range(3).foreach(() => { connection ??= {} })', 'let connection: object | undefined')).toEqual([])
  })

  test('may assign what is marked as local to the task', async () => {
    expect(await diagnose('let n = 0\nawait sc.range(3).foreach(x => { n += x }) // tspark-local')).toEqual([])
  })

  test('is known by a method that only RDDs have, or by a chain, and not by a name that others use too', async () => {
    const body = `let sum = 0
  const other = { mapAsync: (f: (x: number) => void) => f(1), keyBy: (f: (x: number) => void) => f(1) }
  other.mapAsync(x => { sum += x })
  other.keyBy(x => { sum += x })
  console.log(sum)`
    expect(await diagnose(body)).toEqual([])
    const [told] = await diagnose('let sum = 0; const pairs: any = args; await pairs.reduceByKey((a: number) => { sum += a })')
    expect(told).toContain("'sum' is assigned inside a function passed to reduceByKey()")
  })

  test('is left alone where nothing is wrong', async () => {
    const body = `let sum = 0
  ;[1, 2].forEach(x => { sum += x })
  const words = new Map([['a', 1]])
  const fact = (n: number): number => n < 2 ? 1 : n * fact(n - 1)
  const counts = await sc.parallelize(['a'], 1).map(w => words.get(w) ?? fact(3)).reduce((a, b) => { let total = a; total += b; return total })
  console.log(sum, counts)`
    expect(await diagnose(body)).toEqual([])
  })
})

describe('what a bundle cannot know', () => {
  test.each([
    ['import() of a computed path', 'await import(args[0]!)', '4:', 'import() of a computed path cannot be bundled'],
    ['direct eval', "eval('sc')", '4:', 'direct eval: variables that only the evaluated text uses are not captured'],
  ])('is warned of: %s', async (_, body, at, message) => {
    const told = await diagnose(body)
    expect(told.some((each) => each.startsWith(`warning ${at}`) && each.includes(message)) ? 'told' : told).toBe('told')
  })

  test('is warned of: a CommonJS file of the job', async () => {
    writeFileSync(join(folder, 'old.cjs'), 'exports.a = 1')
    expect(await diagnose('console.log(a)', "import { a } from './old.cjs'")).toEqual([expect.stringContaining('the file is CommonJS')])
  })
})

test('a build error is at most twelve lines, with the place and the line', async () => {
  const jobFile = join(folder, 'many.ts')
  writeFileSync(jobFile, Array.from({ length: 30 }, (_, i) => `import './nowhere${i}.js'`).join('\n'))
  const error = await buildJob({ jobFile, cacheDir: join(folder, 'cache') }).catch((failure: unknown) => failure as BuildError)
  const { message, hint, location, diagnostics } = error as BuildError
  expect([message, location, ...(hint ? [hint] : []), ...diagnostics.split('\n')].length).toBeLessThanOrEqual(12)
  expect(location).toMatch(/many\.ts:1:8$/)
  expect(diagnostics).toMatch(/1 \| import '\.\/nowhere0\.js'\n.*\^[\s\S]*and \d+ more errors/)
})

describe('a job that does not build', () => {
  test.each([
    ['a syntax error', 'export default (', 'TSPARK_BUILD'],
    ['a missing file', "import './nowhere.js'\nexport default () => {}", 'TSPARK_BUILD'],
    ['a missing package', "import 'no-such-package-anywhere'\nexport default () => {}", 'TSPARK_BUILD'],
    ['no default export', 'export const a = 1', 'TSPARK_NO_MAIN'],
  ])('has a code and a place: %s', async (name, text, code) => {
    const jobFile = join(folder, `${name.replaceAll(' ', '-')}.ts`)
    writeFileSync(jobFile, text)
    await expect(buildJob({ jobFile, cacheDir: join(folder, 'cache') })).rejects.toMatchObject({ code })
  })

  test('is told as such when it is a folder or not there', async () => {
    mkdirSync(join(folder, 'dir.ts'))
    await expect(buildJob({ jobFile: join(folder, 'dir.ts') })).rejects.toMatchObject({ code: 'TSPARK_JOB_NOT_FOUND' })
    await expect(buildJob({ jobFile: join(folder, 'none.ts') })).rejects.toMatchObject({ code: 'TSPARK_JOB_NOT_FOUND' })
  })
})

describe('the build cache', () => {
  test('gives an unchanged job back, and builds a changed one', async () => {
    const cacheDir = join(folder, 'cache2')
    const jobFile = join(folder, 'cached.ts')
    const helper = join(folder, 'helper.ts')
    writeFileSync(helper, 'export const n = 1')
    writeFileSync(jobFile, "import { n } from './helper.js'\nexport default () => n")
    const first = await buildJob({ jobFile, cacheDir })
    const second = await buildJob({ jobFile, cacheDir })
    expect([first.cached, second.cached, second.artifact.hash]).toEqual([false, true, first.artifact.hash])
    writeFileSync(helper, 'export const n = 22')
    const third = await buildJob({ jobFile, cacheDir })
    expect([third.cached, third.artifact.hash === first.artifact.hash]).toEqual([false, false])
  })

  test('does not trust a bundle that is not what was written', async () => {
    const cacheDir = join(folder, 'cache3')
    const jobFile = join(folder, 'torn.ts')
    writeFileSync(jobFile, 'export default () => 1')
    const { artifact } = await buildJob({ jobFile, cacheDir })
    writeFileSync(artifact.bundlePath, '// torn')
    expect(await buildJob({ jobFile, cacheDir })).toMatchObject({ cached: false, artifact: { hash: artifact.hash } })
  })

  test('is not needed', async () => {
    const jobFile = join(folder, 'uncached.ts')
    writeFileSync(jobFile, 'export default () => 1')
    const result = await buildJob({ jobFile, cacheDir: '/dev/null/below-a-file' })
    expect(result.cached).toBe(false)
    result.dispose()
  })
})
