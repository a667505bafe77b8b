import { TsparkError } from '../../events/tsparkError.js'
import { notPair } from '../asPair.js'
import { NumberPairs } from '../numberPairs.js'
import type { LoopSupport } from './recordLoop.js'

const PIECE = 1024

/** What generated loops call for the rare cases. */
export const loopSupport: LoopSupport = {
  *pieces(value, operation) {
    if (value === null || value === undefined || typeof (value as Iterable<unknown>)[Symbol.iterator] !== 'function') {
      const kind = value instanceof Promise ? 'a Promise' : value === null || typeof value !== 'object' ? String(value) : 'an object that is no iterable'
      const hint = value instanceof Promise ? 'use flatMapAsync for functions that wait' : 'return an array or another iterable'
      throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): the function must give an iterable, not ${kind}`, { hint })
    }
    let piece: unknown[] = []
    for (const element of value as Iterable<unknown>) {
      if (piece.push(element) < PIECE) continue
      yield piece
      piece = []
    }
    if (piece.length > 0) yield piece
  },
  notPair,
  isYes(verdict) {
    if (verdict instanceof Promise) {
      throw new TsparkError('TSPARK_ARGUMENT', 'filter(): the function must give true or false, not a Promise', {
        hint: 'use filterAsync for functions that wait',
      })
    }
    return true
  },
  numberPairs(keys, values, count) {
    return new NumberPairs(count === keys.length ? { keys, values } : { keys: keys.subarray(0, count), values: values.subarray(0, count) })
  },
}
