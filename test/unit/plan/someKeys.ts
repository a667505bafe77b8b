import fc from 'fast-check'

const leaf = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.bigInt(),
  fc.constantFrom(null, undefined, 0, -0, Number.NaN),
  fc.date({ noInvalidDate: false }),
)

/** Anything that can be a key. */
export const anyKey: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  key: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('key'), { maxLength: 3 }),
    fc.dictionary(
      fc.string({ maxLength: 4 }).filter((name) => name !== '__proto__'),
      tie('key'),
      { maxKeys: 3, noNullPrototype: true },
    ),
  ),
})).key as fc.Arbitrary<unknown>

/** An equal key that shares nothing: members in reverse, 0 for -0. */
export function copyOf(key: unknown): unknown {
  if (key === 0) return 0
  if (Array.isArray(key)) return key.map(copyOf)
  if (key instanceof Date) return new Date(key.getTime())
  if (typeof key !== 'object' || key === null) return key
  return Object.fromEntries(
    Object.entries(key)
      .reverse()
      .map(([name, value]) => [name, copyOf(value)]),
  )
}
