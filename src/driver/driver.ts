import { pathToFileURL } from 'node:url'
import { installRuntime } from '../closure/installRuntime.js'
import { ERROR_CODES } from '../events/errorCodes.js'
import type { TsparkEvent } from '../events/event.js'
import { TsparkError } from '../events/tsparkError.js'
import * as api from '../index.js'
import type { Artifact, DriverToSubmit, RunOptions, SubmitToDriver } from '../protocol/submitMessages.js'
import { SparkFiles } from '../rdd/sparkFiles.js'
import { Application } from './application.js'
import { LogThreshold } from './logThreshold.js'
import { mainOf } from './mainOf.js'
import { runErrorOf } from './runError.js'
import { Runner } from './runner.js'
import { SiteFinder } from './siteFinder.js'

/** A cancelled main has so long to end by itself. */
const MAIN_GRACE_MS = 3_000
/** Executors and workers have so long to go away. */
const STOP_MS = 6_000

/** The driver process: the application on its cluster, and the user's main. */
export class Driver {
  readonly #send: (message: DriverToSubmit) => void
  readonly #abort = new AbortController()
  readonly #sites = new SiteFinder()
  readonly #log = new LogThreshold()
  #options: RunOptions | undefined
  #app: Application | undefined
  #runner: Runner | undefined
  #artifact: Artifact | undefined
  #ready: Promise<void> | undefined
  #cancelled: { reason: string; exitCode: number } | undefined
  #ending = false

  constructor(send: (message: DriverToSubmit) => void) {
    this.#send = send
  }

  receive(message: SubmitToDriver): void {
    switch (message.type) {
      case 'options':
        this.#options = message.options
        this.#ready = this.#start(message.options)
        // a failure is met by `run`, or here if the build has not come that far
        this.#ready.catch((error) => this.#end(error))
        break
      case 'run':
        this.#artifact = message.artifact
        void this.#run(message.artifact)
        break
      case 'cancel':
        this.#cancel(message.reason, message.exitCode)
        break
      case 'force':
        void this.#exit(this.#cancelled?.exitCode ?? 130)
        break
    }
  }

  abandoned(): void {
    if (!this.#ending) void this.#exit(129)
  }

  async #start(options: RunOptions): Promise<void> {
    this.#app = new Application(options, {
      executorReady: (grant, has) => this.#runner?.executorReady(grant, has),
      executorLost: (executorId, cause) => this.#runner?.executorLost(executorId, cause),
      workerDraining: (workerId) => this.#runner?.workerDraining(workerId),
      mapOutputCopied: (...copy) => this.#runner?.migrator.copied(...copy),
      workerLost: (workerId) => this.#runner?.workerLost(workerId),
      fromExecutor: (executorId, message) => this.#runner?.fromExecutor(executorId, message),
      event: (event) => this.#emit(event),
      failed: (error) => this.#end(error),
    })
    this.#runner = new Runner(
      this.#app,
      options,
      (event) => this.#emit(event),
      (stack) => this.#sites.find(stack),
      this.#log,
    )
    await this.#app.start()
  }

  async #run(artifact: Artifact): Promise<void> {
    const { args, jobFile } = this.#options!
    this.#sites.artifact = artifact
    try {
      // a bad archive is told before executors meet it
      for (const archive of this.#options!.archives) await this.#runner!.unpackArchive(archive)
      this.#app?.provide(artifact)
      await this.#ready
      if (this.#cancelled) return this.#endCancelled()
      process.argv = [process.argv[0]!, jobFile, ...args]
      this.#watchForStrays()
      installRuntime({ role: 'driver', api: () => api, metaPath: artifact.metaPath })
      SparkFiles.provide((name) => this.#runner?.filePath(name))
      const main = mainOf(await import(pathToFileURL(artifact.bundlePath).href), jobFile)
      const sc = new api.SparkContext(this.#runner!)
      await main({ sc, args, signal: this.#abort.signal })
      if (this.#cancelled) return this.#endCancelled()
      // what main has just cancelled rejects first
      await new Promise((resolve) => setImmediate(resolve))
      this.#warnOfActions(this.#runner!.actions)
      await this.#exit(Number(process.exitCode ?? 0))
    } catch (error) {
      if (this.#cancelled) return this.#endCancelled()
      this.#end(error)
    }
  }

  /** A rejection that nobody awaits and a throw outside of main's promise end the run, unless main listens itself. */
  #watchForStrays(): void {
    // the reader of main's output has gone, as `head` does: the run ends quietly, unless main sees to it itself
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (process.stdout.listenerCount('error') > 1) return
      if (error.code === 'EPIPE') void this.#exit(0)
      else this.#end(error)
    })
    process.on('unhandledRejection', (error) => {
      if (process.listenerCount('unhandledRejection') > 1 || this.#cancelled) return
      this.#end(error, 'TSPARK_UNHANDLED_REJECTION')
    })
    process.on('uncaughtException', (error) => {
      if (process.listenerCount('uncaughtException') > 1) return
      this.#end(error)
    })
  }

  /** A save that nobody awaited writes nothing, and the run would look well. */
  #warnOfActions([first, ...others]: readonly string[]): void {
    if (first === undefined) return
    const more = others.length > 0 ? ` and ${others.length} more` : ''
    // what it gives early can be awaited and the job go on
    const awaited = first.startsWith('runApproximateJob ') ? 'getFinalValue() of what it gives' : 'it'
    this.#emit({ type: 'log', level: 'warn', text: `main ended before ${first}${more}, which ${more ? 'are' : 'is'} cancelled: await ${awaited}` })
  }

  #cancel(reason: string, exitCode: number): void {
    if (this.#cancelled || this.#ending) return
    this.#cancelled = { reason, exitCode }
    this.#abort.abort(new api.JobCancelledError(`the run was cancelled: ${reason}`))
    this.#runner?.cancelAll(reason)
    setTimeout(() => this.#endCancelled(), this.#artifact ? MAIN_GRACE_MS : 0)
  }

  #endCancelled(): void {
    void this.#exit(this.#cancelled!.exitCode)
  }

  #end(error: unknown, code?: 'TSPARK_UNHANDLED_REJECTION'): void {
    if (this.#ending) return
    if (this.#cancelled) return this.#endCancelled()
    this.#ending = true
    const exitCode = exitCodeOf(error)
    void runErrorOf(error, this.#artifact)
      .catch((failure) => ({ code: 'TSPARK_INTERNAL', name: 'Error', message: String(failure) }))
      .then((told) => this.#finish(exitCode, code && told.code === 'TSPARK_JOB_FAILED' ? { ...told, code } : told))
  }

  async #exit(exitCode: number): Promise<void> {
    if (this.#ending) return
    this.#ending = true
    await this.#finish(exitCode)
  }

  async #finish(exitCode: number, error?: Extract<DriverToSubmit, { type: 'finished' }>['error']): Promise<void> {
    this.#runner?.close()
    const stopped = this.#app?.stop().catch((failure) => this.#emit({ type: 'log', level: 'warn', text: `while stopping: ${(failure as Error).message}` }))
    await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, STOP_MS))])
    // what main wrote to a pipe may still wait in this process
    await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))))
    if (!process.connected) process.exit(exitCode)
    process.send!({ type: 'finished', exitCode, error } satisfies DriverToSubmit, undefined, undefined, () => process.exit(exitCode))
  }

  #emit(event: TsparkEvent): void {
    if (event.type === 'log' && !this.#log.passes(event.level)) return
    this.#send({ type: 'event', event })
  }
}

function exitCodeOf(error: unknown): number {
  return TsparkError.is(error) ? (ERROR_CODES[error.code]?.exit ?? 1) : 1
}
