import type { BatchSource, PairColumns } from '../plan/batchSource.js'
import { hashKey } from '../plan/hashKey.js'
import { BATCH, KeyTable } from '../plan/keyTable.js'
import type { Cogrouper, Combiner, Group, JoinKind } from '../plan/taskHost.js'
import { ArrivalOrder, type Entry } from './arrivalOrder.js'
import { BlockCompressor } from './blockCompressor.js'
import { GroupedValues } from './groupedValues.js'
import { GroupJoin } from './groupJoin.js'
import { GroupSource } from './groupSource.js'
import { hashOrder } from './hashOrder.js'
import { JoinSource } from './joinSource.js'
import { MemoryWatch } from './memoryWatch.js'
import { MergedGroups } from './mergedGroups.js'
import { MergedRuns } from './mergedRuns.js'
import { sizeOf } from './sizeOf.js'
import { SpilledGroup } from './spilledGroup.js'
import type { SpillOptions } from './spillOptions.js'
import { spillPath } from './spillPath.js'
import { SpillRuns } from './spillRuns.js'

/** Two cells of a half-full table, the array cell and the hash of one key; bytes. */
const KEY_BYTES = 24
const SAMPLE = 24

/** Groups several inputs by key; when memory is short, groups go to disk in the order of their hashes and are merged at the end. Keys come out in the order of their arrival either way. */
export function createCogrouper({ inputs, ...options }: SpillOptions & { inputs: number }): Cogrouper {
  return new HashCogrouper(inputs, options)
}

/** A group in a task's hands takes at most this part of the budget; a larger one stays on disk. */
const LARGE_PART = 1 / 16

/** the group of each key of a batch */
const groups = new Int32Array(BATCH)

type Packed = readonly unknown[] | number

class HashCogrouper implements Cogrouper {
  readonly #table = new KeyTable()
  /** one for each input */
  readonly #sides: readonly GroupedValues[]
  readonly #runs: SpillRuns
  readonly #watch: MemoryWatch
  readonly #options: SpillOptions
  readonly #spilled: SpilledGroup[] = []
  readonly #arrivals: ArrivalOrder
  /** keys that went to disk */
  #gone = 0

  constructor(inputs: number, options: SpillOptions) {
    this.#options = options
    this.#arrivals = new ArrivalOrder(options)
    this.#sides = Array.from({ length: inputs }, () => new GroupedValues())
    this.#runs = new SpillRuns(options)
    this.#watch = new MemoryWatch(options)
  }

  insert(input: number, pairs: PairColumns): void {
    const keys = pairs.numbers?.keys ?? pairs.keys
    const table = this.#table
    const side = this.#sides[input]!
    for (let from = 0, size = 0; from < keys.length; from += size) {
      size = Math.min(keys.length - from, this.#watch.untilLook, BATCH)
      if (keys instanceof Int32Array) table.addInts(keys, from, size, groups)
      else table.addAll(keys, from, size, groups)
      side.add(groups, size, pairs, from)
      this.#watch.untilLook -= size
      if (this.#watch.untilLook === 0) this.#look()
    }
  }

  finish(): BatchSource<[unknown, Group[]]> {
    const close = (): void => this.#release()
    if (this.#runs.count > 0) return this.#merged(close)
    this.#seal()
    return new GroupSource(this.#table.keys, this.#sides, close)
  }

  join(kind: JoinKind): BatchSource<[unknown, [unknown, unknown]]> {
    if (this.#runs.count > 0) return new JoinSource(this.finish(), kind)
    this.#seal()
    return new GroupJoin(this.#table.keys, this.#sides[0]!, this.#sides[1]!, kind, () => this.#release())
  }

  close(): void {
    this.#release()
    for (const group of this.#spilled.splice(0)) group.remove()
  }

  #seal(): void {
    for (const side of this.#sides) side.seal(this.#table.size)
  }

  #release(): void {
    this.#runs.close()
    this.#arrivals.close()
    this.#forget()
  }

  #merged(close: () => void): BatchSource<[unknown, Group[]]> {
    this.#spill()
    const runs = this.#runs.open((some) => new MergedRuns(some, byHash, () => {}))
    const combiner: Combiner = {
      create: (sides) => sides,
      mergeValue: (sides) => sides,
      mergeCombiners: (a, b) => {
        const sides = a as Group[]
        for (const [side, values] of (b as unknown[][]).entries()) sides[side] = this.#append(sides[side]!, values)
        return sides
      },
    }
    const merged = new MergedGroups(runs, combiner)
    for (let entries = merged.next(); entries !== null; entries = merged.next()) {
      this.#arrivals.add(entries.map(([key, sides, arrival]) => [key, (sides as Group[]).map((side) => this.#packed(side)), arrival]))
    }
    this.#runs.close()
    const inOrder = this.#arrivals.finish() as { next(): Entry[] | null }
    return {
      next: () => inOrder.next()?.map(([key, sides]): [unknown, Group[]] => [key, (sides as Packed[]).map((side) => this.#unpacked(side))]) ?? null,
      close,
    }
  }

  /** A group in a file of its own goes by its number: it is not read to be put in order. */
  #packed(group: Group): Packed {
    return group instanceof SpilledGroup ? this.#spilled.indexOf(group) : (group as unknown[])
  }

  #unpacked(side: Packed): Group {
    return typeof side === 'number' ? this.#spilled[side]! : side
  }

  #append(group: Group, values: readonly unknown[]): Group {
    if (group instanceof SpilledGroup) {
      group.add(values)
      return group
    }
    const list = group as unknown[]
    if (sizeOf(list) + sizeOf(values) <= this.#options.budget.total * LARGE_PART) {
      for (const value of values) list.push(value)
      return list
    }
    const spilled = new SpilledGroup(spillPath(this.#options.spillDir), BlockCompressor.of(this.#options.spillCodec))
    this.#spilled.push(spilled)
    spilled.add(list)
    spilled.add(values)
    return spilled
  }

  /** Estimates what is held from a sample. */
  #look(): void {
    const { keys } = this.#table
    let sampled = 0
    for (let i = 0; i < SAMPLE; i++) sampled += sizeOf(keys[Math.floor(((i + Math.random()) * keys.length) / SAMPLE)])
    let bytes = keys.length * (sampled / SAMPLE + KEY_BYTES)
    for (const side of this.#sides) bytes += side.bytes
    if (!this.#watch.reach(bytes)) this.#spill()
  }

  #spill(): void {
    const { keys } = this.#table
    this.#seal()
    const sides = this.#sides
    const order = hashOrder(this.#table.hashes())
    const gone = this.#gone
    const entries = function* (): Iterable<Entry> {
      for (const index of order) {
        const slices = sides.map((side) => side.slices(index)[Symbol.iterator]())
        yield [keys[index], slices.map((ofSide) => ofSide.next().value ?? []), gone + index]
        for (const [input, more] of slices.entries()) {
          for (let next = more.next(); !next.done; next = more.next()) {
            yield [keys[index], sides.map((_, side) => (side === input ? next.value : [])), gone + index]
          }
        }
      }
    }
    this.#runs.write(entries())
    this.#forget()
  }

  #forget(): void {
    this.#gone += this.#table.size
    this.#table.clear()
    for (const side of this.#sides) side.clear()
    this.#watch.release()
  }
}

function byHash(a: unknown, b: unknown): number {
  return hashKey((a as [unknown])[0]) - hashKey((b as [unknown])[0])
}
