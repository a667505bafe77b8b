import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FetchRoom } from '../../../src/shuffle/fetchRoom.js'

const stream = (isAhead = false) => ({ isAhead })

describe('the room of what is fetched', () => {
  it('is waited for, but never by the stream whose turn it is, which takes a file instead', async () => {
    const room = new FetchRoom(100)
    const [first, second] = [stream(), stream()]
    expect(room.enter(second, 90)).toBe(true)
    const waits = room.enter(first, 90)
    expect(waits).toBeInstanceOf(Promise)
    room.setTurn(first)
    expect(await waits).toBe(false)
    // little more than the whole is nothing to write a file for
    expect(room.enter(first, 16)).toBe(true)
    const more = room.enter(second, 10)
    room.leave(90)
    expect(await more).toBe(true)
  })

  it('is no room for what is larger than all of it, and lets nobody wait for ever', async () => {
    const room = new FetchRoom(100)
    expect(room.enter(stream(), 1000)).toBe(false)
    expect(room.enter(stream(), 100)).toBe(true)
    const waits = room.enter(stream(), 1)
    room.close()
    await expect(waits).rejects.toThrow('nothing is read')
    expect(() => room.enter(stream(), 1)).toThrow('nothing is read')
  })

  it('is half for what is further ahead, which waits rather than to go to a file', async () => {
    const room = new FetchRoom(100)
    const [near, far] = [stream(), stream(true)]
    expect(room.enter(far, 50)).toBe(true)
    const [more, large] = [room.enter(far, 1), room.enter(far, 1000)]
    expect([more, large]).toEqual([expect.any(Promise), expect.any(Promise)])
    expect(room.enter(near, 50)).toBe(true)
    // what lay before it was taken
    far.isAhead = false
    room.leave(50)
    expect([await more, await large]).toEqual([true, false])
  })

  it('is never exceeded by more than a sixteenth, and whoever has the turn is answered at once', async () => {
    const step = fc.record({ stream: fc.nat(4), ahead: fc.boolean(), bytes: fc.nat(150), turn: fc.boolean(), leave: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const room = new FetchRoom(100)
        const streams = Array.from({ length: 5 }, () => ({ answered: true, isAhead: false }))
        const held: number[] = []
        const answered = (stream: { answered: boolean }, bytes: number, fits: boolean): void => {
          stream.answered = true
          if (fits) held.push(bytes)
        }
        for (const { stream: at, ahead, bytes, turn, leave } of steps) {
          const stream = streams[at]!
          stream.isAhead = ahead
          if (turn) room.setTurn(stream)
          if (leave && held.length > 0) room.leave(held.shift()!)
          await Promise.resolve()
          if (turn) expect(stream.answered).toBe(true)
          if (!stream.answered) continue
          stream.answered = false
          const entered = room.enter(stream, bytes)
          if (typeof entered === 'boolean') answered(stream, bytes, entered)
          else void entered.then((fits) => answered(stream, bytes, fits))
          if (turn) expect(stream.answered).toBe(true)
          expect(held.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(100 + 100 / 16)
        }
      }),
      { numRuns: 200 },
    )
  })
})
