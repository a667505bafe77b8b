import { type AnyFunction, makeEngineFunction } from '../engineFunctions.js'
import type { FunctionRef } from '../functionRef.js'
import type { CombinerRef } from '../program.js'
import type { Combiner, TaskHost } from '../taskHost.js'
import type { StageCode } from './stageCode.js'
import type { TaskEnvironment } from './taskEnvironment.js'

/** One task's own half of a stage: its host and its copies of the functions. */
export class TaskRun {
  constructor(
    readonly code: StageCode,
    readonly functions: readonly AnyFunction[],
    readonly environment: TaskEnvironment,
  ) {}

  get host(): TaskHost {
    return this.environment.host
  }

  fn(ref: FunctionRef, partition: number): AnyFunction {
    if ('user' in ref) return this.functions[ref.user]!
    const fns = ref.fns.map((inner) => this.fn(inner, partition))
    return makeEngineFunction(ref.engine, { args: ref.args, fns, partition, environment: this.environment })
  }

  combiner(ref: CombinerRef, partition: number): Combiner {
    const create = this.fn(ref.create, partition)
    const mergeValue = this.fn(ref.mergeValue, partition)
    const mergeCombiners = ref.mergeCombiners === ref.mergeValue ? mergeValue : this.fn(ref.mergeCombiners, partition)
    return { create, mergeValue, mergeCombiners, loops: this.code.combine(ref) }
  }
}
