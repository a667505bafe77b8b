import { TsparkError } from '../events/tsparkError.js'
import type { Lineage } from '../plan/lineage/lineage.js'
import type { PartitionerSpec } from '../plan/partitionerSpec.js'
import { checkFunction, checkPartitions, shown } from './arguments.js'
import type { Internals } from './internals.js'
import { HashPartitioner, RangePartitioner } from './partitioner.js'
import { HashSpec, RangeSpec, UserSpec } from './partitionerSpecs.js'
import type { PartitionArgument, PartitionerLike } from './types.js'

/** The partitioner an operation on pairs asks for: the given one, else Spark's default for its inputs. */
export function choosePartitioner(internals: Internals, inputs: readonly Lineage[], operation: string, argument?: PartitionArgument): PartitionerSpec {
  if (argument !== undefined && argument !== null) return partitionerOf(internals, argument, operation, choosePartitioner)
  return defaultPartitioner(inputs, internals.runner.settings['spark.default.parallelism'])
}

/**
 * Spark's Partitioner.defaultPartitioner: the partitioner of the input that has one and the most partitions, if it is not
 * far below the largest input; else by hash, with as many partitions as is set for the run, or as the largest input.
 */
function defaultPartitioner(inputs: readonly Lineage[], parallelism: number | undefined): PartitionerSpec {
  const largest = (): number => Math.max(...inputs.map((input) => input.numPartitions))
  // inputs are not looked at as long as nothing depends on them
  if (inputs.every((input) => input.partitioner === undefined)) return new HashSpec(parallelism ?? largest)
  const most = largest()
  let best: PartitionerSpec | undefined
  for (const { partitioner } of inputs) {
    if (partitioner && partitioner.numPartitions > 0 && partitioner.numPartitions > (best?.numPartitions ?? 0)) best = partitioner
  }
  const usual = parallelism ?? most
  if (best && (Math.log10(most) - Math.log10(best.numPartitions) < 1 || usual <= best.numPartitions)) return best
  return new HashSpec(usual)
}

/** A number of partitions or a partitioner of the user's, as planning takes it. */
export function partitionerOf(
  internals: Internals,
  argument: PartitionArgument,
  operation: string,
  method: Function,
  fn?: (key: unknown) => number,
): PartitionerSpec {
  if (typeof argument === 'number' || typeof argument !== 'object') {
    const count = checkPartitions(argument, operation)
    if (fn === undefined || fn === null) return new HashSpec(count)
    checkFunction(fn, operation)
    return new UserSpec(count, internals.ship(fn, operation, method), fn, fn)
  }
  const partitioner = argument as PartitionerLike
  if (partitioner instanceof HashPartitioner) return new HashSpec(partitioner.numPartitions)
  if (partitioner instanceof RangePartitioner) return new RangeSpec(partitioner.numPartitions, partitioner.ascending, undefined, partitioner.bounds)
  if (typeof partitioner?.getPartition !== 'function') {
    throw new TsparkError('TSPARK_ARGUMENT', `${operation}(): needs a number of partitions or a partitioner, not ${shown(argument)}`)
  }
  const count = checkPartitions(partitioner.numPartitions, operation)
  const bound = partitioner.getPartition.bind(partitioner)
  return new UserSpec(count, internals.ship(bound, operation, method), partitioner, (key) => partitioner.getPartition(key))
}
