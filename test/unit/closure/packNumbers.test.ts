import { setFlagsFromString } from 'node:v8'
import { expect, test } from 'vitest'
import { decodeValue } from '../../../src/closure/decodeValue.js'
import { encodeValue } from '../../../src/closure/encodeValue.js'
import { installRuntime } from '../../../src/closure/installRuntime.js'

installRuntime({ role: 'executor', api: () => ({}) })
setFlagsFromString('--allow-natives-syntax')
const hasDoubles = new Function('array', 'return %HasDoubleElements(array) && !%HasHoleyElements(array)') as (array: unknown) => boolean
const hasIntegers = new Function('array', 'return %HasSmiElements(array) && !%HasHoleyElements(array)') as (array: unknown) => boolean

const again = <V>(value: V): V => decodeValue(encodeValue(value)) as V

test('arrays of numbers are kept by V8 as if a program had made them, however deep they lie', () => {
  const deep = (levels: number): unknown => (levels === 0 ? [0.5, -0, Number.NaN] : { in: [deep(levels - 1), 'x'] })
  const bottom = (value: unknown, levels: number): unknown => (levels === 0 ? value : bottom((value as { in: unknown[] }).in[0], levels - 1))
  for (const levels of [0, 1, 2, 3, 8, 20]) {
    const found = bottom(again(deep(levels)), levels)
    expect(found).toEqual([0.5, -0, Number.NaN])
    expect(hasDoubles(found)).toBe(true)
  }
  const { sums, none, byName } = again({ sums: [[0, 0, 0]], none: [], byName: new Map([['a', [1.5]]]) })
  expect(hasIntegers(sums[0])).toBe(true)
  expect(hasIntegers(none)).toBe(true)
  expect(hasDoubles(byName.get('a'))).toBe(true)
})

test('an array that is in several places stays one, in cycles and beside functions of the engine too', () => {
  const numbers = [1, 2.5]
  const value = { a: numbers, b: [numbers, { numbers }], url: new URL('http://a.b/'), self: undefined as unknown }
  value.self = value
  const back = again(value)
  expect(back.b[0]).toBe(back.a)
  expect((back.b[1] as { numbers: number[] }).numbers).toBe(back.a)
  expect(back.self).toBe(back)
  expect(back.url.href).toBe('http://a.b/')
})

test('other arrays, holes and members that are no elements are as they were', () => {
  const named = Object.assign([1, 2], { unit: 'm', more: [1] })
  const empty = Object.assign([] as number[], { site: new URL('http://a.b/') })
  const back = again({ named, empty, holes: Object.assign(new Array<number>(3), { 0: 1, 2: 3 }), mixed: [1, 'a'], url: new URL('http://a.b/') })
  expect(back.named).toEqual(named)
  expect(Object.keys(back.named)).toEqual(['0', '1', 'unit', 'more'])
  expect(back.empty.site).toBeInstanceOf(URL)
  expect(1 in back.holes).toBe(false)
  expect(back.mixed).toEqual([1, 'a'])
})

test('members of sets and keys of maps are those that lie beside them, in their order', () => {
  const numbers = [1, 2.5]
  const other = [3]
  const value = {
    numbers,
    set: new Set<unknown>(['a', numbers, 'b']),
    map: new Map<unknown, unknown>([
      [other, numbers],
      [numbers, 'x'],
      ['k', Number.NaN],
    ]),
    other,
  }
  const back = again(value)
  expect(back).toEqual(value)
  expect([...back.set][1]).toBe(back.numbers)
  expect([...back.map.keys()]).toEqual([[3], [1, 2.5], 'k'])
  expect([...back.map.keys()][0]).toBe(back.other)
  expect(back.map.get(back.other)).toBe(back.numbers)
  expect(back.map.get(back.numbers)).toBe('x')
})

test('what holds an array where nobody looks keeps its numbers', () => {
  const numbers = [1, 2.5]
  const back = again({ numbers, named: Object.assign(['x'], { numbers }) })
  expect(back.numbers).toEqual([1, 2.5])
  expect(back.named.numbers).toEqual([1, 2.5])
})

test('members of an array of numbers that lead back to it lead to the new one', () => {
  const numbers = Object.assign([1, 2], { self: undefined as unknown, holder: undefined as unknown })
  numbers.self = numbers
  numbers.holder = { numbers }
  const back = again(numbers)
  expect(back.self).toBe(back)
  expect((back.holder as { numbers: unknown }).numbers).toBe(back)
})

test('what many share is looked at once', () => {
  const shared = [...new Array<unknown>(20_000).fill(1), 'x']
  const people = Array.from({ length: 200 }, (_, id) => ({ id, shared, friends: [] as unknown[] }))
  for (const person of people) person.friends = people.filter((other) => other !== person)
  const back = again(people)
  expect(back[7]!.friends[0]).toBe(back[0])
  expect(back[7]!.shared).toBe(back[8]!.shared)
})
