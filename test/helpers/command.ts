import { execa } from 'execa'
import { waitFor } from './waitFor.js'

const LONGEST_MS = 60_000

export interface CommandOptions {
  cwd: string
  env: Record<string, string>
  input?: string
  /** a process group of its own, as a shell gives a command */
  ownGroup?: boolean
}

export interface CommandResult {
  stdout: string
  stderr: string
  /** as a shell sees it: 128 + the number of the signal that ended it */
  exitCode: number
}

/** A running command line whose output can be watched. */
export class Command {
  stdout = ''
  stderr = ''
  readonly #child
  readonly #ended: Promise<CommandResult>
  #exitCode: number | undefined

  constructor(file: string, args: readonly string[], { cwd, env, input, ownGroup = false }: CommandOptions) {
    this.#child = execa(file, args, {
      cwd,
      env,
      extendEnv: false,
      reject: false,
      buffer: false,
      timeout: LONGEST_MS,
      killSignal: 'SIGKILL',
      detached: ownGroup,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
    })
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.#ended = this.#end()
  }

  get pid(): number {
    return this.#child.pid!
  }

  get ended(): boolean {
    return this.#exitCode !== undefined
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Signals the whole group, as a terminal does. */
  signalGroup(name: NodeJS.Signals): void {
    process.kill(-this.pid, name)
  }

  /** Reads no more of its stdout, as `head` does. */
  closeStdout(): void {
    this.#child.stdout.destroy()
  }

  /** Lets its stdout fill up, as a slow reader does; gives what goes on reading. */
  pauseStdout(): () => void {
    this.#child.stdout.pause()
    return () => void this.#child.stdout.resume()
  }

  /** The end of the command. */
  result(): Promise<CommandResult> {
    return this.#ended
  }

  /** Waits until a stream has a line like `pattern`; fails at once when the command ends without. */
  async line(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    const found = (): RegExpExecArray | null => pattern.exec(this[stream])
    await waitFor(() => found() !== null || this.ended, { withinMs: LONGEST_MS, what: `${pattern} on ${stream}:\n${this.stdout}\n${this.stderr}` })
    const match = found()
    if (!match) throw new Error(`ended with ${this.#exitCode} without ${pattern} on ${stream}:\n${this.stdout}\n${this.stderr}`)
    return match
  }

  async #end(): Promise<CommandResult> {
    const { exitCode, signal, timedOut } = await this.#child
    if (timedOut) throw new Error(`no end after ${LONGEST_MS} ms:\n${this.stdout}\n${this.stderr}`)
    this.#exitCode = exitCode ?? 128 + (SIGNALS[signal ?? ''] ?? 0)
    return { stdout: this.stdout, stderr: this.stderr, exitCode: this.#exitCode }
  }
}

const SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }
