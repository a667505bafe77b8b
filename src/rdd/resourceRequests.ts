import { TsparkError } from '../events/tsparkError.js'
import { shown } from './arguments.js'

/** What each task of a stage takes (Spark's TaskResourceRequests). */
export class TaskResourceRequests {
  readonly #requests = new Map<string, number>()

  /** So many cores of an executor. @throws `TSPARK_ARGUMENT` if it is no whole number from 1 */
  cpus(amount: number): this {
    this.#requests.set('cpus', checkAmount(amount, 'TaskResourceRequests.cpus', 'cores'))
    return this
  }
  /** So much of another resource; `withResources` refuses it, since executors have none but cores yet. */
  resource(resourceName: string, amount: number): this {
    if (!(Number.isFinite(amount) && amount > 0)) throw wrong('TaskResourceRequests.resource', `the amount of ${shown(resourceName)}`, 'more than 0', amount)
    this.#requests.set(resourceName, amount)
    return this
  }
  /** What was asked for, by name. */
  get requests(): ReadonlyMap<string, number> {
    return new Map(this.#requests)
  }
}

/**
 * What each executor of a stage is to have (Spark's ExecutorResourceRequests). tspark starts no executors for a stage, so
 * `withResources` refuses profiles with any: `--executor-cores` and `--executor-memory` are those of the whole application.
 */
export class ExecutorResourceRequests {
  readonly #requests = new Map<string, number | string>()

  /** Cores of an executor. */
  cores(amount: number): this {
    this.#requests.set('cores', checkAmount(amount, 'ExecutorResourceRequests.cores', 'cores'))
    return this
  }
  /** Memory of an executor, as in `2g`. */
  memory(amount: string): this {
    this.#requests.set('memory', amount)
    return this
  }
  /** So many of another resource. */
  resource(resourceName: string, amount: number): this {
    this.#requests.set(resourceName, checkAmount(amount, 'ExecutorResourceRequests.resource', resourceName))
    return this
  }
  /** What was asked for, by name. */
  get requests(): ReadonlyMap<string, number | string> {
    return new Map(this.#requests)
  }
}

function checkAmount(amount: number, operation: string, what: string): number {
  if (Number.isSafeInteger(amount) && amount >= 1) return amount
  throw wrong(operation, `a number of ${what}`, 'a whole number from 1', amount)
}

function wrong(operation: string, what: string, range: string, amount: unknown): TsparkError {
  return new TsparkError('TSPARK_ARGUMENT', `${operation}(): ${what} is ${range}, not ${shown(amount)}`)
}
