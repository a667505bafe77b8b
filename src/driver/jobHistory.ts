import type { JobFilter } from '../rdd/jobRunner.js'

type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED'

interface Job {
  readonly group: string | undefined
  readonly tags: readonly string[]
  stageIds: readonly number[]
  status: Status
}

/** What the status tracker and cancelling by group or tag know of all jobs, the ended ones too. */
export class JobHistory {
  readonly #jobs = new Map<number, Job>()
  /** groups whose later jobs are cancelled too */
  readonly #closedGroups = new Map<string, string>()

  /** Jobs of the group that start from now on are cancelled at once. */
  closeGroup(group: string, reason: string): void {
    this.#closedGroups.set(group, reason)
  }

  /** Why jobs of a group are not to start. */
  closedBecause(group: string | undefined): string | undefined {
    return group === undefined ? undefined : this.#closedGroups.get(group)
  }

  started(jobId: number, group: string | undefined, tags: readonly string[]): void {
    this.#jobs.set(jobId, { group, tags, stageIds: [], status: 'RUNNING' })
  }

  /** The stages a job has had, when the scheduler has done with it. */
  staged(jobId: number, stageIds: readonly number[]): void {
    const job = this.#jobs.get(jobId)
    if (job) job.stageIds = stageIds
  }

  ended(jobId: number, ok: boolean): void {
    const job = this.#jobs.get(jobId)
    if (job) job.status = ok ? 'SUCCEEDED' : 'FAILED'
  }

  job(jobId: number): Readonly<Job> | undefined {
    return this.#jobs.get(jobId)
  }

  matches(jobId: number, { all, jobId: wanted, group, tag }: JobFilter): boolean {
    const job = this.#jobs.get(jobId)
    return all === true || wanted === jobId || (group !== undefined && job?.group === group) || (tag !== undefined && job?.tags.includes(tag) === true)
  }

  inGroup(group: string | undefined): number[] {
    return this.#where((job) => job.group === group)
  }

  withTag(tag: string): number[] {
    return this.#where((job) => job.tags.includes(tag))
  }

  #where(wanted: (job: Job) => boolean): number[] {
    return [...this.#jobs].filter(([, job]) => wanted(job)).map(([jobId]) => jobId)
  }
}
