import { describe, expect, it } from 'vitest'
import { CacheReplicas } from '../../../src/scheduler/cacheReplicas.js'
import { CacheTracker } from '../../../src/scheduler/cacheTracker.js'
import type { ExecutorSlots } from '../../../src/scheduler/executorSlots.js'

const ONCE = { useDisk: false, useMemory: true, deserialized: true, replication: 1 }
const TWICE = { useDisk: false, useMemory: true, deserialized: true, replication: 2 }

/** Executors as `id: worker@host`, and the copies that are decided on. */
function place(executors: Record<string, string>) {
  const cache = new CacheTracker()
  const known = new Map<string, ExecutorSlots>()
  const add = (executorId: string, where: string): void => {
    const [workerId = '', host = ''] = where.split('@')
    known.set(executorId, { executorId, workerId, host, hostId: host, cores: 1, memory: 1, running: new Map(), used: 0, programs: new Set() })
  }
  for (const [executorId, where] of Object.entries(executors)) add(executorId, where)
  const replicas = new CacheReplicas(cache, known)
  const store = (partition: number, executorId: string, level = TWICE): void => {
    cache.add({ rddId: 1, partition }, executorId)
    replicas.stored({ rddId: 1, partition }, level)
  }
  const lose = (executorId: string): void => {
    known.delete(executorId)
    cache.executorLost(executorId)
    replicas.executorsChanged()
  }
  /** Makes the copies that are due until there are none; gives them. */
  const copyAll = (): string[] => {
    const made: string[] = []
    for (let due = replicas.next(); due.length > 0; due = replicas.next()) {
      for (const copy of due) {
        made.push(`${copy.partition}: ${copy.from} to ${copy.to}`)
        replicas.copied(copy, copy.to, true)
      }
    }
    return made
  }
  return { cache, replicas, known, add, store, lose, copyAll }
}

describe('copies of cached partitions', () => {
  it('go to other hosts first, then to other workers, then to other executors', () => {
    const all = { a: 'w1@h1', b: 'w1@h1', c: 'w2@h1', d: 'w3@h2' }
    const { store, copyAll } = place(all)
    store(0, 'a', { ...TWICE, replication: 4 })
    expect(copyAll()).toEqual(['0: a to d', '0: a to c', '0: a to b'])
  })

  it('are spread over executors', () => {
    const { store, cache, copyAll } = place({ a: 'w1@h1', b: 'w2@h2', c: 'w3@h3' })
    for (let partition = 0; partition < 6; partition++) store(partition, 'a')
    expect(copyAll()).toHaveLength(6)
    expect([cache.countOn('b'), cache.countOn('c')]).toEqual([3, 3])
  })

  it('are not made where there is one executor, and are when more come', () => {
    const { store, add, replicas, copyAll } = place({ a: 'w1@h1' })
    store(0, 'a')
    expect(copyAll()).toEqual([])
    expect(replicas.busy).toBe(false)
    add('b', 'w2@h2')
    replicas.executorsChanged()
    expect(copyAll()).toEqual(['0: a to b'])
  })

  it('are made anew when an executor is lost, from one that is left', () => {
    const { store, lose, copyAll } = place({ a: 'w1@h1', b: 'w2@h2', c: 'w3@h3' })
    store(0, 'a')
    expect(copyAll()).toEqual(['0: a to b'])
    lose('a')
    expect(copyAll()).toEqual(['0: b to c'])
    lose('b')
    lose('c')
    expect(copyAll()).toEqual([])
  })

  it('are not asked twice of an executor that has no room, but elsewhere', () => {
    const { store, replicas, copyAll } = place({ a: 'w1@h1', b: 'w2@h2', c: 'w3@h3' })
    store(0, 'a')
    const [first] = replicas.next()
    replicas.copied(first!, first!.to, false)
    expect(copyAll()).toEqual(['0: a to c'])
  })

  it('that fail because their holder was lost may be tried again', () => {
    const { store, replicas, cache, lose, copyAll } = place({ a: 'w1@h1', b: 'w2@h2' })
    store(0, 'a')
    const [first] = replicas.next()
    lose('a')
    replicas.copied(first!, 'b', false)
    expect([copyAll(), replicas.busy, cache.isCached({ rddId: 1, partition: 0 })]).toEqual([[], false, false])
    store(0, 'b')
    expect(copyAll()).toEqual([])
  })

  it('of an RDD that is not cached any more are forgotten', () => {
    const { store, replicas, cache } = place({ a: 'w1@h1', b: 'w2@h2' })
    store(0, 'a')
    const [first] = replicas.next()
    cache.dropRdd(1)
    replicas.dropRdd(1)
    replicas.copied(first!, 'b', true)
    expect([replicas.busy, cache.isCached({ rddId: 1, partition: 0 }), cache.countOn('a')]).toEqual([false, false, 0])
  })

  it('are made of what an executor alone holds whose worker is about to stop, and it is needed until then', () => {
    const { store, known, replicas, copyAll, cache } = place({ a: 'w1@h1', b: 'w2@h2', c: 'w3@h3' })
    for (let partition = 0; partition < 4; partition++) store(partition, 'a', ONCE)
    store(4, 'b', ONCE)
    expect(copyAll()).toEqual([])
    Object.assign(known.get('a')!, { draining: true, decommissioned: true })
    replicas.executorsChanged()
    expect([replicas.isNeeded('a'), replicas.busy]).toEqual([true, false])
    expect(copyAll()).toHaveLength(4)
    expect([cache.countOn('b'), cache.countOn('c')]).toEqual([3, 2])
    expect([replicas.isNeeded('a'), cache.alsoElsewhere('a'), cache.countOn('a')]).toEqual([false, 4, 4])
    // its last task caches one more
    store(5, 'a', ONCE)
    expect([replicas.isNeeded('a'), copyAll(), replicas.isNeeded('a')]).toEqual([true, ['5: a to c'], false])
  })

  it('are not waited for where nobody has room for them', () => {
    const { store, known, replicas } = place({ a: 'w1@h1', b: 'w2@h2' })
    store(0, 'a', ONCE)
    Object.assign(known.get('a')!, { draining: true, decommissioned: true })
    replicas.executorsChanged()
    const [copy] = replicas.next()
    replicas.copied(copy!, 'b', false)
    expect([replicas.next(), replicas.isNeeded('a')]).toEqual([[], false])
  })

  it('of a replicated level do not count when they lie where a worker is about to stop', () => {
    const { store, known, replicas, copyAll } = place({ a: 'w1@h1', b: 'w2@h2', c: 'w3@h3' })
    store(0, 'a')
    expect(copyAll()).toEqual(['0: a to b'])
    Object.assign(known.get('b')!, { draining: true, decommissioned: true })
    replicas.executorsChanged()
    expect(copyAll()).toEqual(['0: a to c'])
  })

  it('are made a few at a time', () => {
    const { store, replicas } = place({ a: 'w1@h1', b: 'w2@h2' })
    for (let partition = 0; partition < 10; partition++) store(partition, 'a')
    expect(replicas.next()).toHaveLength(2)
    expect(replicas.next()).toHaveLength(0)
    expect(replicas.busy).toBe(true)
  })
})
