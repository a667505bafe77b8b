import { describe, expect, it } from 'vitest'
import { FetchRoom } from '../../../src/shuffle/fetchRoom.js'

describe('the room of what is fetched ahead', () => {
  it('is bounded, but never in the way of the stream whose turn it is', async () => {
    const room = new FetchRoom(100)
    const [first, second] = [{}, {}]
    expect(room.enter(second, 90)).toBeUndefined()
    const waits = room.enter(first, 90)
    expect(waits).toBeInstanceOf(Promise)
    room.setTurn(first)
    await waits
    const more = room.enter(second, 10)
    room.leave(90)
    await more
  })

  it('takes what is larger than all of it when nothing else is there, and lets nobody wait for ever', async () => {
    const room = new FetchRoom(100)
    expect(room.enter({}, 1000)).toBeUndefined()
    const waits = room.enter({}, 1)
    room.close()
    await expect(waits).rejects.toThrow('nothing is read')
    expect(() => room.enter({}, 1)).toThrow('nothing is read')
  })
})
