import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { openMessage, sealMessage } from '../../../src/protocol/codec.js'

const schema = v.object({ type: v.literal('x'), name: v.string(), data: v.instance(Uint8Array) })
const message = fc.record({ type: fc.constant('x' as const), name: fc.string(), data: fc.uint8Array() }, { noNullPrototype: true })

describe('a sealed message', () => {
  it('is opened as what it was, wherever its bytes lie', () => {
    fc.assert(
      fc.property(message, fc.nat(9), (sent, before) => {
        const sealed = sealMessage(sent)
        const received = new Uint8Array(before + sealed.byteLength)
        received.set(sealed, before)
        const opened = openMessage(schema, received.subarray(before))
        expect({ ...opened, data: [...opened.data] }).toEqual({ ...sent, data: [...sent.data] })
      }),
    )
  })

  it('is refused when a few of its bits have changed on the way, or its end is missing', () => {
    fc.assert(
      fc.property(message, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 }), fc.nat(), (sent, changes, cut) => {
        const sealed = sealMessage(sent)
        const damaged = sealed.slice()
        for (const [at, bits] of changes) damaged[at % damaged.length]! ^= bits
        const short = sealed.slice(0, cut % sealed.length)
        for (const bytes of Buffer.from(damaged).equals(sealed) ? [short] : [damaged, short]) {
          expect(() => openMessage(schema, bytes)).toThrow(expect.objectContaining({ code: 'TSPARK_CHECKSUM' }))
        }
      }),
    )
  })
})
