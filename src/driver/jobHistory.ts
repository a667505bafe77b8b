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
