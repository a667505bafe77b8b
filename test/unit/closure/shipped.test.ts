import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Shipped, ShippingLane } from './shipping.js'

const lane = new ShippingLane()
afterAll(() => lane.remove())

const LIBRARY = {
  'node_modules/toolbox/package.json': '{"name":"toolbox","version":"1.0.0","type":"module","main":"index.js"}',
  'node_modules/toolbox/index.js': `
export const upper = text => String(text).toUpperCase()
export const memo = fn => { const known = new Map(); return x => { if (!known.has(x)) known.set(x, fn(x)); return known.get(x) } }
export class Money { constructor(cents) { this.cents = cents } plus(n) { return new Money(this.cents + n) } }
export default { text: { upper } }
`,
  'data.json': '{"scale":3}',
  'lazy.ts': 'const base = await Promise.resolve(500)\nexport const slow = (x: number) => x + base\nexport class Late { constructor(readonly n: number) {} }',
  'old.cjs': 'let factor = 2\nexports.times = x => x * factor\nexports.nested = { deep: x => x - factor }',
  'h.ts': 'export const h = (tag: string, _: unknown, ...inner: unknown[]) => [tag, ...inner]',
}

const JOB = `
import * as util from 'node:util'
import { Partitioner } from 'tspark'
import tool, { Money, memo, upper } from 'toolbox'
import data from './data.json'
import { h } from './h.js'
import old from './old.cjs'

const once = memo((x: number) => x + 0.25)
const topLevelMap = new Map<string, number>()
let counter = (x: number) => x
const handlers: Record<string, (x: number) => unknown> = { neg: x => -x }
const started = await Promise.resolve(41)
const enum Level { Low = 1, High = 9 }
namespace Geometry { export const side = 4; export const area = (x: number) => side * x }
abstract class Shape { abstract sides(): number; get half() { return this.sides() / 2 } }
class Square extends Shape { readonly corners = new Set([1, 2, 3, 4]); sides() { return this.corners.size } }
class ByTwo extends Partitioner { getPartition(k: number) { return k % this.partitions } }
class Box {
  static count = 0
  static { Box.count = 5 }
  constructor(public n: number) {}
  read(x: number) { return [typeof this, x] }
  static twice(x: number) { return x * 2 }
  own() { return (x: number) => this.n + x }
  ownInner() { return (x: number) => [x].map(y => y + this.n)[0] }
}
class Wrapped {
  #items: Map<string, number>
  constructor(items: Map<string, number>) { this.#items = new Map([...items].sort()) }
  get size() { return this.#items.size }
  keys() { return [...this.#items.keys()].join() }
  [Symbol.for('tspark.serialize')]() { return this.#items }
  static [Symbol.for('tspark.deserialize')](items: Map<string, number>) { return new Wrapped(items) }
}
function logged<T extends (...args: any[]) => any>(method: T, context: ClassMethodDecoratorContext) {
  return function (this: unknown, ...args: any[]) { return [String(context.name), method.apply(this, args)] } as unknown as T
}
function makeLocal(x: number) { class Free { n = 1; own() { return this.n } } class Bound { n = x } return x > 0 ? new Free() : new Bound() }
class Decorated { n = 2; @logged times(x: number) { return this.n * x } }

export default async ({ ship, handle }: any) => {
  ship('this of the enclosing method', new Box(4).own(), 1)
  ship('this through two arrows', new Box(4).ownInner(), 1)
  ship('method of an instance, unbound as in JavaScript', new Box(1).read, 3)
  ship('static method', Box.twice, 3)
  ship('static block', (x: number) => Box.count + x, 1)
  const box = new Box(2)
  ship('instance', (x: number) => [box instanceof Box, box.n + x], 1)
  const square = new Square()
  ship('derived from an abstract class, with a Set', () => [square.half, square instanceof Shape, square])
  const two = new ByTwo()
  ship('class that extends one of tspark', (x: number) => [two.getPartition(x), two instanceof Partitioner], 3)
  const price = new Money(5)
  ship('instance of a class of a package', (x: number) => price.plus(x), 2)
  const decorated = new Decorated()
  ship('decorated method', (x: number) => decorated.times(x), 4)
  const wrapped = new Wrapped(new Map([['b', 2], ['a', 1]]))
  ship('own protocol, with a Map as data', () => [wrapped.size, wrapped.keys(), wrapped instanceof Wrapped])

  ship('function of a package', upper, 'a')
  ship('member of a package', tool.text.upper, 'b')
  ship('made by a package at module level', once, 1)
  ship('global function', Number, '12')
  ship('member of a global', JSON.parse, '[1]')
  ship('function of node', util.inspect, { a: 1 })
  ship('bound', ((a: number, b: number) => a - b).bind(null, 10), 3)
  ship('bound native', Math.max.bind(null, 5), 3)
  const { log, M, bytes } = { log: console.log, M: Math, bytes: Uint8Array }
  ship('globals in locals', (x: number) => [typeof log, M.abs(x), new bytes([x]).length], -1)
  ship('function of CommonJS', old.times, 4)
  ship('member of CommonJS', old.nested.deep, 4)
  counter = x => x + 100
  ship('module-level function that was assigned later', counter, 1)
  const late = 7
  handlers.late = x => x * late
  ship('member that was added later', handlers.late, 6)
  topLevelMap.set('now', 1)
  const holder = { topLevelMap }
  ship('module-level data has its present value when captured', () => [...holder.topLevelMap.keys()])
  ship('module with top-level await', (x: number) => started + x, 1)
  const lazy = await import('./lazy.js')
  ship('function of a module that is loaded late and waits', lazy.slow, 1)
  const lateInstance = new lazy.Late(3)
  ship('instance of a class of such a module', () => lateInstance)
  ship('JSON', (x: number) => data.scale * x, 2)
  ship('enum and namespace', (x: number) => Level.High + Geometry.area(x), 2)
  const name = 'n'
  ship('JSX', () => <b>{name}<i/></b>)

  for (let i = 0; i < 2; i++) ship('let of a loop ' + i, () => i)
  for (const word of ['a']) ship('const of a loop', () => word)
  for (var v = 0; v < 2; v++) ship('var of a loop ' + v, () => v)
  try { throw new RangeError('thrown') } catch (error) { ship('catch', () => (error as Error).message) }
  const { a: [first, ...others], b: { c = 5, ...rest } } = { a: [1, 2, 3], b: { d: 1 } as { c?: number; d: number } }
  ship('destructured', () => [first, others, c, rest])
  const shadow = 1
  ship('shadowed', (x: number) => { const inner = (shadow: number) => shadow + x; { const shadow = 5; return inner(shadow) } }, 1)
  ship('shadowed in parameters', (x = shadow, shadow2 = x) => [x, shadow2])
  switch (shadow as number) { case 1: { ship('declared in a case', inCase, 2) } function inCase(x: number) { return x + shadow } }
  ship('used before its declaration', hoisted, 2)
  function hoisted(x: number): number { return x > 100 ? x : hoisted(x * 10) + shadow }
  label: for (const x of [1]) { ship('in a label', () => x + shadow); continue label }
  ship('arguments', (function (..._: number[]) { return () => Array.from(arguments as any) })(1, 2))

  const fact = (n: number): number => n < 2 ? 1 : n * fact(n - 1)
  ship('constant that calls itself', fact, 5)
  ship('named expression that calls itself', function down(n: number): unknown { return n === 0 ? shadow : down(n - 1) }, 3)
  const even = (n: number): boolean => n === 0 || odd(n - 1)
  const odd = (n: number): boolean => n !== 0 && even(n - 1)
  ship('constants that call each other', odd, 7)
  function ping(n: number): string { return n === 0 ? 'ping' + shadow : pong(n - 1) }
  function pong(n: number): string { return n === 0 ? 'pong' + shadow : ping(n - 1) }
  ship('declarations that call each other', ping, 3)
  const registry: any = { shadow }
  registry.go = (n: number): number => n === 0 ? registry.shadow : registry.go(n - 1)
  ship('through an object', registry.go, 3)
  const inMap = new Map<string, any>([['f', (n: number): number => n === 0 ? shadow : inMap.get('f')(n - 1)]])
  ship('through a Map', (n: number) => inMap.get('f')(n), 2)
  class Left { n = shadow; other() { return new Right() } }
  class Right { other() { return new Left() } }
  ship('local classes that make each other', () => new Left().other().other().n)
  class Deep extends Left { sum() { return this.n + late } }
  const deep = new Deep()
  ship('instance of a local class that extends another', () => [deep.sum(), deep instanceof Left, deep.other().other().n])
  const options = { list: [(x: number) => x + late], map: new Map([['k', (x: number) => x * late]]) }
  ship('functions in data', (x: number) => [options.list[0]!(x), options.map.get('k')!(x)], 2)
  const table = { late, times(x: number) { return x * late }, async wait(x: number) { return x + late }, *each(x: number) { yield x + late } }
  ship('object method', table.times, 2)
  ship('async object method', table.wait, 2)
  ship('generator method', (x: number) => [...table.each(x)], 2)
  ship('async', async (x: number) => { await null; return x + late }, 1)
  ship('async generator', async (x: number) => { async function* g() { yield late; yield x } const all = []; for await (const y of g()) all.push(y); return all }, 1)
  ship('template and optional chaining', (x: any) => \`\${x?.y?.z ?? late}\`, {})
  ship('name of a function', (x: number) => x + late)

  const exact = { big: 2n ** 65n, nan: NaN, minus: -0, infinite: -Infinity, nothing: undefined, date: new Date(5), bad: new Date(NaN), re: /a(b)/gi,
    floats: new Float64Array([1.5, -0]), view: new DataView(new ArrayBuffer(4)), buffer: Buffer.from('hey'), boxed: Object(5), url: new URL('http://h/p?q'),
    holes: [1, , 3], error: new TypeError('why', { cause: new Error('deep') }), symbol: Symbol.for('s'), well: Symbol.iterator, bare: Object.assign(Object.create(null), { x: 1 }),
    proto: JSON.parse('{"__proto__":{"polluted":1},"z":[{}]}') }
  exact.error.stack = ''; (exact.error.cause as Error).stack = ''
  ship('values', () => exact)
  const shared = { inner: [1] }
  const pair = [shared, shared]
  ship('identity', () => [pair[0] === pair[1], pair[0] === shared])
  const ring: any = { list: [] }; ring.list.push(ring, new Map([[ring, new Set([ring])]]))
  ship('cycles', () => [ring.list[0] === ring, [...ring.list[1]][0][0] === ring, [...ring.list[1].get(ring)][0] === ring])
  ship('handle', () => handle.value)
  const plusLate = (x: number) => x + late
  class Uses { n = 1; m() { return plusLate(this.n) } }
  ship('instance of a local class that captures a function', () => { const one = new Uses(); return Object.assign(one, { n: one.m() }) })
  ship('class of a shipped function', (x: number) => { class InTask { n = x } return new InTask() }, 3)
  ship('class of a module-level function', makeLocal, 1)
  ship('class of a module-level function, with captures', makeLocal, 0)
}
`

let shipped: Record<string, Shipped>
beforeAll(async () => {
  lane.write({ ...LIBRARY, 'job.tsx': `/** @jsx h */${JOB}` })
  shipped = await lane.run('job.tsx')
})

test('functions of every kind arrive, and give what they give in the driver', () => {
  const failures = Object.values(shipped).filter(
    ({ name, direct, arrived, error }) =>
      name !== 'handle' && (error !== undefined || direct === undefined || direct.startsWith('throws') || arrived?.value !== direct),
  )
  expect(failures.map(({ name, direct, arrived, error }) => ({ name, direct, error, arrived: arrived?.value }))).toEqual([])
  expect(Object.keys(shipped).length).toBeGreaterThan(60)
})

test('functions keep their names', () => {
  for (const { functionName, arrived } of Object.values(shipped)) expect(arrived?.functionName).toBe(functionName)
})

test('what they give survives a message between executors', () => {
  const changed = Object.values(shipped).filter(({ arrived }) => arrived?.again !== arrived?.value)
  expect(changed.map(({ name, arrived }) => [name, arrived?.again])).toEqual([
    ['class of a shipped function', expect.stringMatching(/\[class InTask\] is declared by a task$/)],
    ['class of a module-level function, with captures', expect.stringMatching(/\[class Bound\] is declared by a task$/)],
  ])
})

describe('what a function captures', () => {
  test('includes handles of the engine, which become the executor’s own', () => {
    expect([shipped.handle?.direct, shipped.handle?.arrived?.value]).toEqual(["'driver 7'", "'executor 7'"])
  })
})
