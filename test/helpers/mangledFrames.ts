import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'

/** Frames of these messages, some with a few bytes changed, some cut. */
export function mangledFrames(samples: readonly object[], mostChanges: number): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: mostChanges }), fc.nat(200))
    .map(([sample, changes, cut]) => {
      const frame = encode(sample).slice()
      for (const [at, value] of changes) frame[at % frame.length] = value
      return cut < 20 ? frame.subarray(0, cut) : frame
    })
}
