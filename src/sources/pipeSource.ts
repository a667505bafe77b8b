import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { TsparkError } from '../events/tsparkError.js'
import type { BatchSource } from '../plan/batchSource.js'
import type { PipeSpec } from '../plan/taskHost.js'
import { LinePieces } from './linePieces.js'
import { LineSplitter } from './lineSplitter.js'

const ENVIRONMENT = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ']

/** What a command prints when it gets records as lines. */
export class PipeSource implements BatchSource<string> {
  readonly mayWait = true
  readonly #output: AsyncGenerator<Buffer>
  readonly #lines = new LineSplitter()
  #ended = false

  /** @param place where a working folder of a name is made */
  constructor(spec: PipeSpec, input: BatchSource, place: (name: string) => string) {
    this.#output = run(spec, input, place)
  }

  async next(): Promise<readonly string[] | null> {
    for (;;) {
      const ready = this.#lines.take()
      if (ready) return ready
      if (this.#ended) return null
      const { done, value } = await this.#output.next()
      if (done) {
        this.#ended = true
        this.#lines.finish()
      } else this.#lines.add(value)
    }
  }

  close(): void {
    this.#output.return(undefined).catch(() => {})
  }
}

async function* run(
  { command, env, separateWorkingDir, encoding, bufferSize }: PipeSpec,
  input: BatchSource,
  place: (name: string) => string,
): AsyncGenerator<Buffer> {
  const words = typeof command === 'string' ? command.trim().split(/\s+/) : [...command]
  const [program, ...args] = words as [string, ...string[]]
  const base = Object.fromEntries(ENVIRONMENT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
  const cwd = separateWorkingDir ? mkdtempSync(place('pipe-')) : undefined
  const child = spawn(program, args, { cwd, env: { ...base, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2000)
  })
  const ended = new Promise<{ code: number | null; signal: string | null; error?: Error }>((resolve) => {
    child.on('error', (error) => resolve({ code: null, signal: null, error }))
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  let failure: unknown
  const feeding = feed(child.stdin, input, new LinePieces(bufferSize, encoding)).catch((error) => {
    failure = error
    child.kill()
  })
  let complete = false
  try {
    if (encoding !== 'utf8') child.stdout.setEncoding(encoding)
    for await (const chunk of child.stdout) yield typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer)
    const { code, signal, error } = await ended
    await feeding
    complete = true
    if (failure) throw failure
    if (error) throw new TsparkError('TSPARK_PIPE', `pipe(): '${program}' cannot be started: ${error.message}`)
    if (code !== 0) {
      const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`
      throw new TsparkError('TSPARK_PIPE', `pipe(): '${words.join(' ')}' ${how}${complaint ? `: ${complaint.trim()}` : ''}`)
    }
  } finally {
    if (!complete) child.kill('SIGKILL')
    if (cwd) rmSync(cwd, { recursive: true, force: true, maxRetries: 3 })
    input.close()
  }
}

/** Gives the records to the command; one that stops reading is no error. */
async function feed(stdin: NodeJS.WritableStream & { destroyed?: boolean }, input: BatchSource, pieces: LinePieces): Promise<void> {
  let open = true
  let wake = (): void => {}
  stdin.on('drain', () => wake())
  for (const end of ['error', 'close']) {
    stdin.on(end, () => {
      open = false
      wake()
    })
  }
  const write = async (piece: Buffer): Promise<void> => {
    if (stdin.write(piece) || !open) return
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
  for (let batch = await input.next(); batch !== null && open; batch = await input.next()) {
    for (const piece of pieces.cut(batch)) {
      if (open) await write(piece)
    }
  }
  if (open) stdin.end(pieces.rest())
}
