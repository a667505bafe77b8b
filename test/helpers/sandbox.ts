import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, type CommandResult } from './command.js'
import { processesLeft, processesWith } from './processes.js'
import { waitFor } from './waitFor.js'

const PROGRAM = fileURLToPath(new URL('../../bin/tspark', import.meta.url))
const JOBS = fileURLToPath(new URL('../fixtures/jobs/', import.meta.url))
/** executors get SIGKILL 2 s after SIGTERM; then nothing may be left */
const GONE_WITHIN_MS = 8_000

export interface RunOptions {
  input?: string
  env?: Record<string, string>
  ownGroup?: boolean
}

/** A place of its own for one test: home, state, temporary folder and working directory; and the real command line in it. */
export class Sandbox {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'tspark-test-')))
  readonly work = join(this.root, 'work')
  readonly tmp = join(this.root, 'tmp')
  readonly env: Readonly<Record<string, string>>
  readonly #expected = new Set<string>()
  readonly #commands: Command[] = []

  constructor() {
    const folder = (name: string): string => {
      mkdirSync(join(this.root, name), { mode: 0o700 })
      return join(this.root, name)
    }
    folder('work')
    this.env = {
      PATH: process.env.PATH ?? '',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      HOME: folder('home'),
      TMPDIR: folder('tmp'),
      XDG_CONFIG_HOME: folder('config'),
      XDG_STATE_HOME: folder('state'),
      XDG_CACHE_HOME: folder('cache'),
      XDG_RUNTIME_DIR: folder('runtime'),
    }
  }

  /** Path of a job of test/fixtures/jobs. */
  job(name: string): string {
    return join(JOBS, `${name}.ts`)
  }

  /** Writes a file into the working directory; gives its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.work, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    this.#expected.add(path)
    return path
  }

  /** A path in the working directory that a job is to make. */
  output(name: string): string {
    const path = join(this.work, name)
    this.#expected.add(path)
    return path
  }

  /** Starts the command line and leaves it running. */
  start(args: readonly string[], { input, env, ownGroup }: RunOptions = {}): Command {
    const command = new Command(process.execPath, [PROGRAM, ...args], { cwd: this.work, env: { ...this.env, ...env }, input, ownGroup })
    this.#commands.push(command)
    return command
  }

  /** Runs a whole command line. */
  run(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    return this.start(args, options).result()
  }

  /** `tspark submit` of a fixture with two slots. */
  submit(job: string, args: readonly string[] = [], options: RunOptions & { flags?: readonly string[]; master?: string } = {}): Promise<CommandResult> {
    return this.run(this.submitLine(job, args, options), options)
  }

  startSubmit(job: string, args: readonly string[] = [], options: RunOptions & { flags?: readonly string[]; master?: string } = {}): Command {
    return this.start(this.submitLine(job, args, options), options)
  }

  /** Starts a master on a free port; gives its address once it listens. */
  async startMaster(flags: readonly string[] = []): Promise<{ url: string; port: number; command: Command }> {
    const command = this.start(['start-master', '--port', '0', ...flags])
    const [, url = '', port] = await command.line('stdout', /^(tspark:\/\/\S+:(\d+))\n/)
    return { url, port: Number(port), command }
  }

  /** Starts a worker; gives it once it has joined the master. */
  async startWorker(url: string, flags: readonly string[] = ['--cores', '2', '--memory', '1g']): Promise<Command> {
    const command = this.start(['start-worker', url, ...flags])
    await command.line('stdout', /joined .*\n/)
    return command
  }

  /** A worker that believes to be on another host: it and the others fetch from each other over HTTP. */
  async startWorkerElsewhere(url: string, flags: readonly string[]): Promise<Command> {
    // a host is told by its name, among others
    const elsewhere = `import os from 'node:os';import { syncBuiltinESMExports } from 'node:module';os.hostname=()=>'elsewhere';syncBuiltinESMExports()`
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(elsewhere)}` }
    const command = this.start(['start-worker', url, ...flags], { env })
    await command.line('stdout', /joined .*\n/)
    return command
  }

  /** Processes of this sandbox whose command line contains a word. */
  processes(word = ''): { pid: number; parent: number; command: string }[] {
    return processesWith(this.tmp).filter(({ command }) => command.includes(word))
  }

  /** Waits for processes whose command line contains a word. */
  async waitForProcesses(word: string, count = 1): Promise<number[]> {
    await waitFor(() => this.processes(word).length >= count, { what: `${count} processes like ${word}` })
    return this.processes(word).map(({ pid }) => pid)
  }

  /** Ends what the test left running, as its user would. */
  async stopAll(): Promise<void> {
    // daemons last: a submit that still runs needs them to end well
    for (const command of this.#commands.toReversed()) {
      if (!command.ended) command.signal('SIGTERM')
      await command.result().catch(() => {})
    }
  }

  /** What is left of all that ran here: processes, temporary files, files in the working directory that no test asked for. */
  async leaks(): Promise<string[]> {
    const processes = await processesLeft(this.tmp, GONE_WITHIN_MS)
    const files = [this.tmp, join(this.root, 'runtime'), this.work].flatMap((folder) => this.#unexpected(folder))
    return [...processes.map(({ pid, command }) => `process ${pid}: ${command}`), ...files.map((path) => `file ${relative(this.root, path)}`)]
  }

  /** Ends everything by force and removes the folder. */
  remove(): void {
    for (const { pid } of processesWith(this.tmp)) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // gone meanwhile
      }
    }
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }

  private submitLine(job: string, args: readonly string[], { flags = [], master = 'local[2]' }: { flags?: readonly string[]; master?: string }): string[] {
    return ['submit', '--master', master, ...flags, job.includes('/') ? job : this.job(job), ...args]
  }

  #unexpected(folder: string): string[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      if (this.#expected.has(path)) return []
      const holds = [...this.#expected].some((expected) => expected.startsWith(`${path}/`))
      if (!entry.isDirectory()) return [path]
      const inside = this.#unexpected(path)
      return holds ? inside : [path, ...inside]
    })
  }
}
