import { describe, expect, it } from 'vitest'
import { StorageStatus } from '../../../src/scheduler/storageStatus.js'

describe('StorageStatus', () => {
  it('adds up what executors keep, a partition once', () => {
    const status = new StorageStatus()
    status.executorAdded('1', 1000)
    status.stored('1', { rddId: 7, partition: 0 }, 100, false)
    status.stored('2', { rddId: 7, partition: 0 }, 100, false)
    status.stored('2', { rddId: 7, partition: 1 }, 50, true)
    expect(status.ofRdd(7)).toEqual({ partitions: 2, memory: 200, disk: 50 })
    expect([status.memoryOf('1'), status.memoryOf('2'), status.capacityOf('1'), status.capacityOf('2')]).toEqual([100, 100, 1000, 0])
  })

  it('follows what moves, goes, and is lost', () => {
    const status = new StorageStatus()
    for (const partition of [0, 1, 2]) status.stored('1', { rddId: 7, partition }, 10, false)
    status.movedToDisk('1', { rddId: 7, partition: 0 })
    status.removed('1', { rddId: 7, partition: 1 })
    expect(status.ofRdd(7)).toEqual({ partitions: 2, memory: 10, disk: 10 })
    status.dropRdd(7)
    expect(status.ofRdd(7)).toEqual({ partitions: 0, memory: 0, disk: 0 })
    status.stored('1', { rddId: 8, partition: 0 }, 10, false)
    status.executorLost('1')
    expect([status.memoryOf('1'), status.ofRdd(8).partitions]).toEqual([0, 0])
  })
})
