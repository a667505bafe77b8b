import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BlockMigrator } from '../../../src/driver/blockMigrator.js'
import type { WorkerInfo } from '../../../src/protocol/shapes.js'
import type { DriverToWorker, MapOutputId } from '../../../src/protocol/workerMessages.js'
import { MapOutputTracker } from '../../../src/scheduler/mapOutputTracker.js'

function worker(workerId: string): WorkerInfo {
  return { workerId, host: workerId, port: 1, cores: 1, memory: 1, hostId: workerId, scratchDirs: ['/'] }
}

describe('map outputs of a worker that is about to stop', () => {
  let outputs: MapOutputTracker
  let workers: WorkerInfo[]
  let busy: Set<string>
  let sent: { to: string; message: DriverToWorker }[]
  let migrator: BlockMigrator
  const asked = (to: string): MapOutputId[] =>
    sent.flatMap(({ to: target, message }) => (target === to && message.type === 'copyMapOutputs' ? message.outputs : []))
  const released = () => sent.filter(({ message }) => message.type === 'drained').map(({ to }) => to)

  beforeEach(() => {
    vi.useFakeTimers()
    outputs = new MapOutputTracker()
    outputs.add(1, 4)
    for (let mapIndex = 0; mapIndex < 4; mapIndex++) outputs.register(1, { mapIndex, attemptId: 10 + mapIndex, workerId: 'a' })
    workers = [worker('a')]
    busy = new Set()
    sent = []
    migrator = new BlockMigrator(outputs, {
      workers: () => workers,
      hasExecutors: (workerId) => busy.has(workerId),
      send: (to, message) => sent.push({ to, message }),
      log: () => {},
    })
  })
  afterEach(() => {
    migrator.close()
    vi.useRealTimers()
  })

  it('are dealt to the others, and it may go when all have arrived and its executors have ended', () => {
    workers.push(worker('b'), worker('c'))
    busy.add('a')
    migrator.draining('a')
    expect([asked('b').length, asked('c').length]).toEqual([2, 2])
    for (const target of ['b', 'c']) for (const output of asked(target)) migrator.copied(target, 'a', output, undefined)
    expect(released()).toEqual([])
    // the last task of its executor has one more
    outputs.add(2, 1)
    outputs.register(2, { mapIndex: 0, attemptId: 20, workerId: 'a' })
    busy.clear()
    migrator.advance()
    const last = asked('b').at(-1)!
    expect(last).toEqual({ shuffleId: 2, mapIndex: 0, attemptId: 20 })
    expect(released()).toEqual([])
    migrator.copied('b', 'a', last, undefined)
    expect(released()).toEqual(['a'])
    expect(outputs.on('a')).toEqual([])
    expect(outputs.isComplete(1)).toBe(true)
  })

  it('that cannot be copied stay behind', () => {
    workers.push(worker('b'))
    migrator.draining('a')
    for (const output of asked('b')) migrator.copied('b', 'a', output, output.mapIndex === 2 ? 'disk full' : undefined)
    expect(released()).toEqual(['a'])
    expect(outputs.on('a').map(({ mapIndex }) => mapIndex)).toEqual([2])
  })

  it('wait a moment for another worker, and no longer', () => {
    migrator.draining('a')
    expect(sent).toEqual([])
    vi.advanceTimersByTime(1_000)
    workers.push(worker('b'))
    migrator.advance()
    expect(asked('b')).toHaveLength(4)
    workers = [worker('a')]
    migrator.workerLost('b')
    vi.advanceTimersByTime(2_000)
    expect(released()).toEqual(['a'])
  })

  it('go to nobody who is about to stop too, and one who takes some stays until they are there', () => {
    workers.push(worker('b'))
    migrator.draining('a')
    migrator.draining('b')
    expect(released()).toEqual([])
    workers.push(worker('c'))
    for (const output of asked('b')) migrator.copied('b', 'a', output, undefined)
    expect(released()).toEqual(['a'])
    expect(asked('c')).toHaveLength(4)
    for (const output of asked('c')) migrator.copied('c', 'b', output, undefined)
    expect(released()).toEqual(['a', 'b'])
    expect(outputs.on('c')).toHaveLength(4)
  })
})
