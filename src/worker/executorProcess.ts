import type { ChildProcess } from 'node:child_process'
import type { ExitCause } from '../protocol/shapes.js'
import type { ExecutorToWorker, WorkerToExecutor } from '../protocol/workerMessages.js'
import { exitGuess } from './exitGuess.js'
import { residentMemory } from './residentMemory.js'
import { takeExecutor } from './spareExecutor.js'

const STDERR_LINES = 20
const KILL_AFTER_MS = 2_000
const RSS_EVERY_MS = 500
/** An executor at work may exceed its memory by a quarter (its buffers give way then); beyond that a SIGKILL was the kernel's, it seems. */
const FULL_SHARE = 1.25

export interface ExecutorProcessOptions {
  executorMain: string
  init: Extract<WorkerToExecutor, { type: 'init' }>
  /** of the runtime */
  flags: readonly string[]
  onMessage: (message: Exclude<ExecutorToWorker, { type: 'ownSignal' }>) => void
  onOutput: (stream: 'stdout' | 'stderr', text: string) => void
  onEnd: (cause: ExitCause) => void
}

/** One executor: a child process with its own channel; its end is told once, with the cause. */
export class ExecutorProcess {
  readonly cores: number
  readonly memory: number
  /** settles when the process is gone */
  readonly ended: Promise<void>
  readonly #child: ChildProcess
  readonly #stderr: string[] = []
  readonly #watch: NodeJS.Timeout
  #partialLine = ''
  #rss = 0
  #ownSignal: string | undefined
  #stopping = false
  #lastHeard = performance.now()
  #givenUp: string | undefined

  constructor(options: ExecutorProcessOptions) {
    this.cores = options.init.cores
    this.memory = options.init.memory
    this.#child = takeExecutor(options.executorMain, options.flags)
    this.#child.on('message', (message: ExecutorToWorker) => {
      this.#lastHeard = performance.now()
      if (message.type === 'ownSignal') this.#ownSignal = message.signal
      else options.onMessage(message)
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => options.onOutput('stdout', text))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#keepLines(text)
      options.onOutput('stderr', text)
    })
    this.#watch = setInterval(() => {
      this.#rss = residentMemory(this.#child.pid) ?? this.#rss
    }, RSS_EVERY_MS)
    this.#watch.unref()
    this.ended = new Promise((resolve) => {
      let over = false
      const end = (cause: ExitCause) => {
        if (over) return
        over = true
        clearInterval(this.#watch)
        this.#signalGroup('SIGKILL')
        options.onEnd(cause)
        resolve()
      }
      this.#child.once('error', (error) => {
        if (this.#child.pid === undefined) end({ kind: 'exit', guess: `it could not be started: ${error.message}` })
      })
      // 'close' comes after the last output, so the cause has it; a grandchild that keeps the pipes open must not delay it.
      this.#child.once('exit', (code, signal) => {
        this.#signalGroup('SIGKILL')
        const told = setTimeout(() => end(this.#cause(code, signal)), 250)
        this.#child.once('close', () => {
          clearTimeout(told)
          end(this.#cause(code, signal))
        })
      })
    })
    this.send(options.init)
  }

  send(message: WorkerToExecutor): void {
    // Its end is told by 'exit'; what could not be delivered until then is of no use any more.
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  /** Ends the process: asked first, killed after two seconds. */
  stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true
      this.#child.kill('SIGTERM')
      const kill = setTimeout(() => this.#signalGroup('SIGKILL'), KILL_AFTER_MS)
      void this.ended.then(() => clearTimeout(kill))
    }
    return this.ended
  }

  /** Milliseconds since it said something; it beats every second. */
  get silentFor(): number {
    return performance.now() - this.#lastHeard
  }

  /** Ends a process that hangs or is stopped; it counts as lost. */
  giveUp(reason: string): void {
    if (this.#stopping) return
    this.#givenUp = reason
    this.#signalGroup('SIGKILL')
  }

  /** Ends the process and what it started without a word: this process is about to end itself. */
  kill(): void {
    this.#signalGroup('SIGKILL')
  }

  #cause(code: number | null, signal: string | null): ExitCause {
    if (this.#stopping) return { kind: 'killed' }
    if (this.#partialLine !== '') this.#keepLines('\n')
    const full = this.#rss >= this.memory * FULL_SHARE
    return {
      kind: this.#givenUp !== undefined ? 'lost' : signal === null ? 'exit' : 'signal',
      ...(code === null ? {} : { exitCode: code }),
      ...(signal === null ? {} : { signal }),
      ...(this.#givenUp !== undefined
        ? { guess: this.#givenUp }
        : exitGuess({ exitCode: code, signal, stderr: this.#stderr, ownSignal: this.#ownSignal, full })),
      ...(this.#stderr.length === 0 ? {} : { stderr: this.#stderr }),
      ...(this.#rss === 0 ? {} : { rss: this.#rss }),
    }
  }

  #keepLines(text: string): void {
    const lines = (this.#partialLine + text).split('\n')
    this.#partialLine = (lines.pop() ?? '').slice(-4_096)
    for (const line of lines.slice(-STDERR_LINES)) {
      if (line.trim() !== '') this.#stderr.push(line.slice(0, 500))
    }
    if (this.#stderr.length > STDERR_LINES) this.#stderr.splice(0, this.#stderr.length - STDERR_LINES)
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return
    try {
      process.kill(-this.#child.pid, signal)
    } catch {
      // nobody of the group is left
    }
  }
}
