import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Shipped, ShippingLane } from './shipping.js'

const lane = new ShippingLane()
afterAll(() => lane.remove())

const JOB = `import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import { flow } from 'toolbox'

class Base { greet() { return 'hi' } }
class Derived extends Base { late() { return () => super.greet() } }
class Secret { #n = 1; reads() { return () => this.#n } }
function Target(this: unknown) { return () => new.target }
class Holder { constructor(readonly sc: unknown) {} own() { return (x: number) => [this, x] } }
class Cache extends Map<string, number> {}

export default async ({ ship, record, sc }: any) => {
  const opts = { list: [{ when: Promise.resolve(1) }], map: new Map<string, unknown>([['a', { deep: [0, Symbol('own')] }]]) }
  const promise = opts.list
  ship('promise', () => promise)
  const deep = opts.map
  ship('path through a Map', () => deep)
  const emitter = new EventEmitter()
  ship('emitter', () => emitter)
  const socket = new Socket()
  ship('socket', () => socket)
  const storage = new AsyncLocalStorage()
  ship('async storage', () => storage)
  const generator = (function* () { yield 1 })()
  ship('generator', () => generator)
  const weak = new WeakRef(opts)
  ship('weak reference', () => weak)
  const cache = new Cache()
  ship('subclass of Map', () => cache)
  const shared = new Uint8Array(new SharedArrayBuffer(4))
  ship('shared memory', () => shared)
  const format = new Intl.NumberFormat('en')
  ship('format', () => format.format(1))
  const secret = new Secret()
  ship('private members', () => secret)
  ship('private member in the function', secret.reads())
  ship('super', new Derived().late())
  ship('new.target', (Target as any)())
  ship('context', () => sc)
  ship('context behind this', new Holder(sc).own())
  const inner = { rdds: [sc] }
  ship('context in data', () => inner)
  let count = 0
  const inc = () => { count++ }
  ship('assignment', inc)
  ship('assignment in a function that is captured', () => inc())
  ship('not initialised', () => after)
  const after = count
  const closure = flow((x: number) => x)
  ship('made in a package', closure)
  ship('made of text', new Function('return 1') as any)
  let settle: any
  void new Promise(resolve => { settle = resolve })
  const done = settle
  ship('unnamed function of the engine', () => done())
  class Local { n = count; read() { return this.n } }
  ship('method of a local class', new Local().read)
  const unique = Symbol('mine')
  ship('unique symbol', () => unique)
  let list: any = null
  for (let i = 0; i < 50_000; i++) list = { list }
  ship('long linked list', () => list)
  class Using { n = sc; m() { return sc } }
  const using = new Using()
  ship('instance whose class captures the context', () => using.m)

  record('fine', [1, { a: new Map([[1, new Base()]]) }, null, undefined, 1n])
  record('record: promise', { a: [{ when: Promise.resolve(1) }] })
  record('record: function', [1, () => 1])
  record('record: symbol', { s: Symbol('x') })
  record('record: context', new Map([['k', sc]]))
}
`

let shipped: Record<string, Shipped>
beforeAll(async () => {
  lane.write({
    'node_modules/toolbox/package.json': '{"name":"toolbox","version":"1.0.0","type":"module","main":"index.js"}',
    'node_modules/toolbox/index.js': 'export const flow = (...fns) => x => fns.reduce((value, fn) => fn(value), x)\n',
    'job.ts': JOB,
  })
  shipped = await lane.run('job.ts')
})

const without = (text: string | undefined): string | undefined =>
  text?.replace(/ \([^()]*:\d+:\d+\)/g, '').replace('map(): cannot ship the function to executors: ', '')

test.each([
  ['promise', "captured variable 'promise' → [0] → .when is a Promise", 'await it in main and capture the result'],
  [
    'path through a Map',
    "captured variable 'deep' → .get('a') → .deep → [1] is a unique symbol (Symbol(own)), which means nothing in another process",
    'Symbol.for',
  ],
  ['emitter', "captured variable 'emitter' is an instance of EventEmitter, which belongs to its process", 'plain values'],
  ['socket', "captured variable 'socket' is an instance of Socket, which belongs to its process", 'plain values'],
  ['async storage', "captured variable 'storage' is an instance of AsyncLocalStorage, which", 'plain values'],
  ['generator', "captured variable 'generator' is a running Generator", 'make an array'],
  ['weak reference', "captured variable 'weak' is a WeakRef", undefined],
  ['subclass of Map', "captured variable 'cache' is an instance of Cache, which extends Map of the engine", 'plain values'],
  ['shared memory', "captured variable 'shared' lies in a SharedArrayBuffer", 'copy it'],
  ['format', "captured variable 'format' is an instance of NumberFormat, which lives in the engine", 'plain values'],
  ['private members', "captured variable 'secret' is an instance of Secret, which has private (#) members", 'tspark.serialize'],
  ['private member in the function', 'it uses the private member #n', 'copy the value to a local const'],
  ['super', 'it uses super', 'arrow function or a function at module level'],
  ['new.target', 'it uses new.target', 'arrow function or a function at module level'],
  ['context', "captured variable 'sc' is the SparkContext", 'in main only'],
  ['context behind this', "captured 'this' → .sc is the SparkContext", 'in main only'],
  ['context in data', "captured variable 'inner' → .rdds → [0] is the SparkContext", 'in main only'],
  ['assignment', "it assigns the captured variable 'count'", 'sc.longAccumulator()'],
  ['assignment in a function that is captured', "captured variable 'inc' assigns the captured variable 'count'", 'sc.longAccumulator()'],
  ['not initialised', 'captures a variable that is not initialised yet', undefined],
  ['made in a package', 'was made by code that is not part of the job', 'make it at module level'],
  ['made of text', 'was made by code that is not part of the job', 'module level'],
  ['unnamed function of the engine', "captured variable 'done' is a function of the engine that has no name", 'arrow function'],
  ['method of a local class', "it is the method 'read' of a class that is not at module level", 'x => obj.method(x)'],
  ['unique symbol', "captured variable 'unique' is a unique symbol (Symbol(mine))", 'Symbol.for'],
  ['long linked list', 'is nested too deeply', 'use an array'],
  ['instance whose class captures the context', '→ [class Using] → captured variable', 'move class Using to module level'],
])('%s: is refused with its path, the reason and what to do', (name, message, hint) => {
  const { error, hint: given } = shipped[name]!
  expect(without(error)).toContain(message)
  if (hint === undefined) expect(given).toBeUndefined()
  else expect(given).toContain(hint)
})

describe('the message', () => {
  test('says where the function and the variable stand', () => {
    const lines = JOB.split('\n')
    const line = (text: string): number => lines.findIndex((each) => each.includes(text)) + 1
    const { error, location } = shipped.promise!
    expect(error).toMatch(new RegExp(`^map\\(\\): cannot ship the function \\(\\S*job\\.ts:${line("ship('promise'")}:19\\) to executors`))
    expect(error).toMatch(new RegExp(`captured variable 'promise' \\(\\S*job\\.ts:${line('const promise')}:9\\)`))
    expect(location).toMatch(new RegExp(`job\\.ts:${line("ship('promise'")}:19$`))
  })

  test('has the line of the call on top of its stack', () => {
    expect(shipped.promise!.stack!.split('\n')[1]).toMatch(/bundle\.mjs:\d+:\d+/)
  })

  test('names the package that made a function', () => {
    expect(shipped['made in a package']!.error).toMatch(/\(\S*node_modules\/toolbox\/index\.js\)$/)
  })
})

test('records are data: what is not is named with its path', () => {
  expect(Object.fromEntries(Object.entries(shipped).flatMap(([name, { error }]) => (/^record|^fine/.test(name) ? [[name, error]] : [])))).toEqual({
    fine: undefined,
    'record: promise': 'TSPARK_RECORD: a record cannot be sent: the record → .a → [0] → .when is a Promise',
    'record: function': 'TSPARK_RECORD: a record cannot be sent: the record → [1] is a function',
    'record: symbol': expect.stringContaining('the record → .s is a unique symbol (Symbol(x))'),
    'record: context': expect.stringContaining("the record → .get('k') is the SparkContext"),
  })
})
