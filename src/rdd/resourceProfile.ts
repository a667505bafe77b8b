import { TsparkError } from '../events/tsparkError.js'
import type { StageResources } from '../plan/lineage/lineage.js'
import { ExecutorResourceRequests, TaskResourceRequests } from './resourceRequests.js'

let profiles = 0

/** What the tasks of a stage take: made by `ResourceProfileBuilder`, used by `rdd.withResources` (Spark's ResourceProfile). */
export class ResourceProfile implements StageResources {
  /** A number that no other profile has. */
  readonly id: number

  /** @internal made by `ResourceProfileBuilder.build` */
  constructor(
    /** What each task takes, by name: `cpus`. */
    readonly taskResources: ReadonlyMap<string, number>,
    /** What each executor is to have, by name. */
    readonly executorResources: ReadonlyMap<string, number | string>,
  ) {
    // 0 is Spark's number of the default profile
    this.id = ++profiles
  }

  /** @internal */
  get taskCpus(): number | undefined {
    return this.taskResources.get('cpus')
  }
}

/** Puts a `ResourceProfile` together (Spark's ResourceProfileBuilder). */
export class ResourceProfileBuilder {
  readonly #task = new Map<string, number>()
  readonly #executor = new Map<string, number | string>()

  /** Adds what tasks, or executors, are to have; the last word on a name counts. @throws `TSPARK_ARGUMENT` if it is neither */
  require(requests: TaskResourceRequests | ExecutorResourceRequests): this {
    if (requests instanceof TaskResourceRequests) for (const [name, amount] of requests.requests) this.#task.set(name, amount)
    else if (requests instanceof ExecutorResourceRequests) for (const [name, amount] of requests.requests) this.#executor.set(name, amount)
    else throw new TsparkError('TSPARK_ARGUMENT', 'ResourceProfileBuilder.require(): needs TaskResourceRequests or ExecutorResourceRequests')
    return this
  }
  /** What each task takes, so far. */
  get taskResources(): ReadonlyMap<string, number> {
    return new Map(this.#task)
  }
  /** What each executor is to have, so far. */
  get executorResources(): ReadonlyMap<string, number | string> {
    return new Map(this.#executor)
  }
  /** Forgets what tasks take. */
  clearTaskResourceRequests(): this {
    this.#task.clear()
    return this
  }
  /** Forgets what executors are to have. */
  clearExecutorResourceRequests(): this {
    this.#executor.clear()
    return this
  }
  /** The profile. */
  build(): ResourceProfile {
    return new ResourceProfile(this.taskResources, this.executorResources)
  }
}

/** @internal refuses a profile that asks for what cannot be had here */
export function checkProfile(profile: ResourceProfile): void {
  if (!(profile instanceof ResourceProfile)) {
    throw new TsparkError('TSPARK_ARGUMENT', 'withResources(): needs a ResourceProfile', { hint: 'make one with new ResourceProfileBuilder()' })
  }
  const [executor] = profile.executorResources.keys()
  if (executor !== undefined) {
    throw new TsparkError(
      'TSPARK_RESOURCES',
      `withResources(): the profile asks for executors with their own '${executor}', and none are started for a stage`,
      {
        hint: 'ask for task resources only; --executor-cores and --executor-memory are those of all executors',
      },
    )
  }
  const other = [...profile.taskResources.keys()].find((name) => name !== 'cpus')
  if (other === undefined) return
  throw new TsparkError('TSPARK_RESOURCES', `withResources(): the profile asks for '${other}', and executors have no resources but cores`)
}
