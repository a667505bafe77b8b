import type { JobPlan } from '../plan/jobPlan.js'

/** What is wanted of the scheduler: partitions of a plan's last stage. */
export interface JobSpec {
  readonly jobId: number
  readonly plan: JobPlan
  readonly partitions: readonly number[]
  readonly properties: Readonly<Record<string, string>>
}

/** A job on its way. */
export class JobRun {
  /** positions in the result, by partition that is not done */
  readonly open = new Map<number, number[]>()
  resultStageId: number | undefined
  /** a cached partition could not be had where it was wanted: every shuffle behind it is needed */
  ignoresCache = false
  readonly stageIds = new Set<number>()

  constructor(readonly spec: JobSpec) {
    for (const [position, partition] of spec.partitions.entries()) {
      const positions = this.open.get(partition)
      if (positions) positions.push(position)
      else this.open.set(partition, [position])
    }
  }
}
