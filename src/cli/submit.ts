import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, realpathSync, statSync } from 'node:fs'
import { tmpdir, totalmem } from 'node:os'
import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatDiagnostic } from '../build/transform/diagnostic.js'
import { parseMasterUrl } from '../cluster/masterUrl.js'
import { mostExecutorCores } from '../cluster/mostExecutorCores.js'
import type { TsparkEvent } from '../events/event.js'
import { plural } from '../events/plural.js'
import { TsparkError } from '../events/tsparkError.js'
import { executorAllocationOptions } from '../protocol/executorAllocationOptions.js'
import { checkSwitches, settingsOf } from '../protocol/settings.js'
import type { DriverToSubmit, RunError, RunOptions, SubmitToDriver } from '../protocol/submitMessages.js'
import { findToken, tokenPath } from '../protocol/token.js'
import { archiveOf } from '../sources/archive.js'
import { exitCodeOf } from './exitCodeOf.js'
import { runErrorOf } from './runErrorOf.js'
import { type EndSignal, SIGNAL_EXIT_CODES, type SignalTrap } from './signalTrap.js'
import type { SubmitOptions } from './submitOptions.js'
import { createRenderer } from './terminal/createRenderer.js'
import type { Renderer } from './terminal/renderer.js'
import { userEnvironment } from './userEnvironment.js'

const TIMEOUT_EXIT = 124
/** After a first signal the driver has so long; then it is ended with all it holds, and all that within 5 s. */
const CANCEL_MS = 3_700
const FORCE_MS = 1_000

/** `tspark submit`: builds the job while its driver starts, shows what happens, gives the job's exit code. */
export async function submit(job: string, args: string[], options: SubmitOptions, signals: SignalTrap): Promise<number> {
  const jobFile = findJob(job)
  const runOptions = runOptionsOf(jobFile, args, options)
  const renderer = createRenderer(options, process.env)
  return await new Run(runOptions, options, renderer).start(signals)
}

/** One run: the driver's process, the build beside it, and how they end. */
class Run {
  readonly #options: RunOptions
  readonly #flags: SubmitOptions
  readonly #renderer: Renderer
  readonly #startedAt = performance.now()
  #driver: ChildProcess | undefined
  #finished: { exitCode: number; error?: RunError } | undefined
  #cancelled: { exitCode: number } | undefined
  #done!: (exitCode: number) => void
  #dispose = (): void => {}

  constructor(options: RunOptions, flags: SubmitOptions, renderer: Renderer) {
    this.#options = options
    this.#flags = flags
    this.#renderer = renderer
  }

  start(signals: SignalTrap): Promise<number> {
    const ended = new Promise<number>((resolve) => {
      this.#done = resolve
    })
    signals.handle((signal) => this.#signalled(signal))
    if (this.#renderer.wantsStdout) process.stdout.once('error', () => this.#unread())
    this.#spawn()
    this.#post({ type: 'options', options: this.#options })
    void this.#build()
    if (this.#flags.timeout !== undefined) setTimeout(() => this.#timedOut(), this.#flags.timeout).unref()
    return ended
  }

  #spawn(): void {
    const program = fileURLToPath(new URL('./driverMain.js', import.meta.url))
    this.#driver = fork(program, spareCores(this.#options), {
      stdio: ['inherit', this.#renderer.wantsStdout ? 'pipe' : 'inherit', 'pipe', 'ipc'],
      env: userEnvironment(process.env, [this.#flags.tokenFile, process.env.TSPARK_TOKEN_FILE, tokenPath(process.env)]),
    })
    this.#driver.stdout?.on('data', (chunk: Buffer) => this.#renderer.mainStdout(chunk))
    this.#driver.stderr?.on('data', (chunk: Buffer) => this.#renderer.mainStderr(chunk))
    this.#driver.on('message', (message: DriverToSubmit) => {
      if (message.type === 'event') this.#shown(message.event)
      // what submit has found out itself comes first: a build that failed, a time limit
      else this.#finished ??= message
    })
    this.#driver.on('close', (code, signal) => void this.#ended(code, signal))
  }

  #shown(event: TsparkEvent): void {
    if (event.type === 'stage.started' || event.type === 'executor.added') this.#renderer.busy(undefined)
    this.#renderer.event(event)
  }

  async #build(): Promise<void> {
    this.#renderer.busy('building')
    try {
      const { buildJob } = await import('../build/buildJob.js')
      const { artifact, cached, seconds, warnings, dispose } = await buildJob({ jobFile: this.#options.jobFile })
      this.#dispose = dispose
      for (const warning of warnings) this.#renderer.event({ type: 'log', level: 'warn', text: formatDiagnostic(warning) })
      this.#renderer.event({ type: 'build.finished', seconds, cached, bytes: statSync(artifact.bundlePath).size })
      this.#renderer.busy('waiting for executors')
      this.#post({ type: 'run', artifact })
    } catch (error) {
      this.#finished = { exitCode: exitCodeOf(error), error: runErrorOf(error) }
      this.#post({ type: 'force' })
    }
  }

  #post(message: SubmitToDriver): void {
    if (this.#driver?.connected) this.#driver.send(message, () => {})
  }

  #signalled(signal: EndSignal): void {
    const exitCode = SIGNAL_EXIT_CODES[signal]
    if (this.#cancelled) {
      this.#renderer.note('ending at once')
      this.#force()
      return
    }
    this.#renderer.note(signal === 'SIGINT' ? 'cancelling; press Ctrl-C again to end at once' : `cancelling (${signal})`)
    this.#cancel(signal, exitCode)
  }

  /** The reader of stdout has gone, as `head` does: the run ends quietly. */
  #unread(): void {
    if (this.#cancelled) return
    this.#finished = { exitCode: 0 }
    this.#cancel('nobody reads stdout any more', 0)
  }

  #timedOut(): void {
    if (this.#cancelled) return
    const limit = this.#flags.timeout! / 1000
    this.#finished = {
      exitCode: TIMEOUT_EXIT,
      error: { code: 'TSPARK_TIMEOUT', name: 'TsparkError', message: `the run took longer than ${limit} s (--timeout)` },
    }
    this.#cancel(`the run took longer than ${limit} s`, TIMEOUT_EXIT)
  }

  #cancel(reason: string, exitCode: number): void {
    this.#cancelled = { exitCode }
    this.#post({ type: 'cancel', reason, exitCode })
    setTimeout(() => this.#force(), CANCEL_MS).unref()
  }

  #force(): void {
    this.#post({ type: 'force' })
    setTimeout(() => this.#driver?.kill('SIGKILL'), FORCE_MS).unref()
  }

  async #ended(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    // a driver that was killed could not remove its embedded worker's files
    if (signal !== null) {
      const { removeStaleScratch } = await import('../worker/workerScratch.js')
      removeStaleScratch(this.#options.localDirs.length === 0 ? [tmpdir()] : this.#options.localDirs)
    }
    const exitCode = this.#exitCode(code, signal)
    const error = this.#finished?.error ?? this.#strange(code, signal)
    this.#renderer.finish({ exitCode, seconds: (performance.now() - this.#startedAt) / 1000, error })
    this.#dispose()
    this.#done(exitCode)
  }

  #exitCode(code: number | null, signal: NodeJS.Signals | null): number {
    if (this.#cancelled) return this.#cancelled.exitCode
    // main may have called process.exit itself
    return this.#finished?.exitCode ?? code ?? (signal ? 1 : 0)
  }

  /** A driver that ended without a word: killed, or out of memory. */
  #strange(code: number | null, signal: NodeJS.Signals | null): RunError | undefined {
    if (this.#finished || this.#cancelled || code !== null) return undefined
    return {
      code: 'TSPARK_JOB_FAILED',
      name: 'TsparkError',
      message: `the driver was ended by ${signal ?? 'a signal'}`,
      hint: 'it may have run out of memory: collect less in main',
    }
  }
}

/** Tells the driver to start an executor at once for an embedded worker of so many cores; with dynamic allocation tasks have to need one. */
function spareCores({ master, conf }: RunOptions): string[] {
  const parsed = parseMasterUrl(master)
  if (parsed.kind === 'tspark' || conf['spark.dynamicAllocation.enabled'] === 'true') return []
  return [String(parsed.kind === 'local' ? parsed.threads : parsed.cores)]
}

function findJob(job: string): string {
  const path = resolve(job)
  if (!existsSync(path)) throw new TsparkError('TSPARK_JOB_NOT_FOUND', `job file ${job} does not exist`)
  if (statSync(path).isDirectory())
    throw new TsparkError('TSPARK_JOB_NOT_FOUND', `job file ${job} is a folder`, { hint: 'name the file: tspark submit folder/job.ts' })
  return realpathSync(path)
}

/** What an embedded worker cannot give is told before anything is built. */
function checkLocal(threads: number, { master, executorCores = 1, executorMemory = 0 }: SubmitOptions): void {
  if (executorCores > threads) throw new TsparkError('TSPARK_USAGE', `--executor-cores ${executorCores}: ${master} has ${plural(threads, 'core')}`)
  const memory = totalmem()
  if (executorMemory <= memory) return
  throw new TsparkError(
    'TSPARK_USAGE',
    `--executor-memory: an executor of ${Math.ceil(executorMemory / 2 ** 20)} MiB does not fit into the ${Math.floor(memory / 2 ** 20)} MiB of this machine`,
  )
}

function checkTaskCpus(cpus: number, executorCores = cpus): void {
  if (cpus > executorCores) throw new Error(`spark.task.cpus=${cpus}: no executor has more than ${plural(executorCores, 'core')}`)
}

function runOptionsOf(jobFile: string, args: string[], flags: SubmitOptions): RunOptions {
  const master = parseMasterUrl(flags.master)
  const files = (flags.files ?? []).map((file) => {
    const path = resolve(file)
    if (!existsSync(path) || !statSync(path).isFile()) throw new TsparkError('TSPARK_USAGE', `--files: ${file} is no file`)
    return path
  })
  const archives = (flags.archives ?? []).map((archive) => {
    try {
      return archiveOf(archive)
    } catch (error) {
      throw new TsparkError('TSPARK_USAGE', `--archives: ${(error as Error).message}`)
    }
  })
  const token = master.kind === 'tspark' ? findToken({ tokenFile: flags.tokenFile, env: process.env }) : undefined
  const { executorCores, executorMemory, numExecutors, totalExecutorCores } = flags
  if (master.kind === 'local') checkLocal(master.threads, flags)
  const resources = { executorCores, executorMemory, numExecutors, totalExecutorCores }
  const conf = flags.conf ?? {}
  try {
    checkSwitches(conf)
    checkTaskCpus(settingsOf(conf)['spark.task.cpus'], mostExecutorCores(master, resources))
    executorAllocationOptions(conf, resources)
  } catch (error) {
    throw new TsparkError('TSPARK_USAGE', (error as Error).message)
  }
  return {
    master: flags.master,
    name: flags.name ?? basename(jobFile).replace(/\.[cm]?[jt]sx?$/, ''),
    resources,
    args,
    jobFile,
    token,
    queueTimeout: flags.queueTimeout,
    taskTimeout: flags.taskTimeout,
    conf,
    localDirs: (flags.localDirs ?? []).map((dir) => resolve(dir)),
    files,
    archives,
  }
}
