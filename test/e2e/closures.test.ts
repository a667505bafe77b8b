import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { test } from '../helpers/e2e.js'
import type { Sandbox } from '../helpers/sandbox.js'

const FIXTURES = fileURLToPath(new URL('../fixtures/closures/', import.meta.url))

async function linesOf(sandbox: Sandbox, name: string): Promise<Record<string, string>> {
  const { stdout, stderr, exitCode } = await sandbox.run(['submit', '--quiet', '--master', 'local[2]', join(FIXTURES, `${name}.ts`)])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringContaining('error') })
  return Object.fromEntries(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
  )
}

test('functions of every kind give in executors what they give in main', async ({ sandbox }) => {
  expect(await linesOf(sandbox, 'values')).toEqual(JSON.parse(readFileSync(join(FIXTURES, 'values.json'), 'utf8')))
})

test('what cannot be shipped is named with its path, the reason and what to do', async ({ sandbox }) => {
  const lines = await linesOf(sandbox, 'refused')
  expect(lines).toMatchObject({
    promise: "map(): captured variable 'opts' → .when is a Promise",
    'private members': "map(): captured variable 'secret' is an instance of Secret, which has private (#) members",
    'weak map': "map(): captured variable 'weak' is a WeakMap",
    'unique symbol': "map(): captured variable 'symbol' is a unique symbol (Symbol(mine)), which means nothing in another process",
    'shared memory': "map(): captured variable 'shared' lies in a SharedArrayBuffer, which cannot leave its process",
    iterator: "map(): captured variable 'running' is a running Array Iterator",
    'RDD in an object': "map(): captured variable 'holder' → .inner → .rdd is an RDD, which exists only in the driver",
    'context in an object': "map(): captured variable 'context' → .sc is the SparkContext, which exists only in the driver",
    'deep list': expect.stringContaining('is nested too deeply'),
    assignment: "map(): it assigns the captured variable 'count'; executors work on copies, so the driver's 'count' would never change",
    'not initialised': expect.stringContaining('captures a variable that is not initialised yet'),
    'made by eval': expect.stringContaining('was made by code that is not part of the job'),
    'no function': 'map(): needs a function, not undefined',
    'assignment that is wanted': 'shipped',
  })
  expect(lines.emitter).toMatch(/captured variable 'emitter'.* EventEmitter/)
  expect(lines['subclass of Map']).toMatch(/which extends Map of the engine/)
})
