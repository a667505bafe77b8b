import { plural } from '../events/plural.js'
import type { StorageLevelSpec } from '../plan/taskHost.js'

/** Where `persist` keeps the partitions of an RDD (Spark's StorageLevel). */
export class StorageLevel implements StorageLevelSpec {
  /** @internal */
  private constructor(
    /** on the executors' disks */
    readonly useDisk: boolean,
    /** in the executors' memory */
    readonly useMemory: boolean,
    /** as values rather than as bytes */
    readonly deserialized: boolean,
    /** on so many executors, of different workers if there are; on fewer while there are fewer */
    readonly replication: number,
  ) {}

  static readonly NONE = new StorageLevel(false, false, false, 1)
  static readonly DISK_ONLY = new StorageLevel(true, false, false, 1)
  static readonly DISK_ONLY_2 = new StorageLevel(true, false, false, 2)
  static readonly DISK_ONLY_3 = new StorageLevel(true, false, false, 3)
  static readonly MEMORY_ONLY = new StorageLevel(false, true, true, 1)
  static readonly MEMORY_ONLY_2 = new StorageLevel(false, true, true, 2)
  static readonly MEMORY_ONLY_SER = new StorageLevel(false, true, false, 1)
  static readonly MEMORY_ONLY_SER_2 = new StorageLevel(false, true, false, 2)
  static readonly MEMORY_AND_DISK = new StorageLevel(true, true, true, 1)
  static readonly MEMORY_AND_DISK_2 = new StorageLevel(true, true, true, 2)
  static readonly MEMORY_AND_DISK_SER = new StorageLevel(true, true, false, 1)
  static readonly MEMORY_AND_DISK_SER_2 = new StorageLevel(true, true, false, 2)

  /** Whether two levels mean the same. */
  equals(other: StorageLevelSpec): boolean {
    return (
      this.useDisk === other.useDisk && this.useMemory === other.useMemory && this.deserialized === other.deserialized && this.replication === other.replication
    )
  }

  toString(): string {
    const where = [this.useDisk ? 'disk' : '', this.useMemory ? 'memory' : ''].filter(Boolean).join(' and ') || 'none'
    return `StorageLevel(${where}, ${this.deserialized ? 'values' : 'bytes'}, ${plural(this.replication, 'copy', 'copies')})`
  }
}
