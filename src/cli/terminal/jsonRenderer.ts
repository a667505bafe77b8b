import type { TsparkEvent } from '../../events/event.js'
import { errorLines } from './errorLines.js'
import type { HumanStyle } from './humanRenderer.js'
import { jsonLine } from './jsonLine.js'
import { LineSplitter } from './lineSplitter.js'
import type { Renderer, RunOutcome } from './renderer.js'

/** Shows a run to a program: JSON Lines on stdout. What ends the run stands on stderr too, for whoever reads the log. */
export class JsonRenderer implements Renderer {
  readonly wantsStdout = true
  readonly #style: HumanStyle
  readonly #stdoutLines = new LineSplitter((line) => this.event({ type: 'stdout', line }))
  readonly #stderrLines = new LineSplitter((line) => this.event({ type: 'stderr', line }))

  constructor(style: HumanStyle) {
    this.#style = style
  }

  event(event: TsparkEvent): void {
    if (event.type === 'job.finished') return
    process.stdout.write(jsonLine(event))
  }

  mainStdout(chunk: Buffer): void {
    this.#stdoutLines.write(chunk)
  }

  mainStderr(chunk: Buffer): void {
    this.#stderrLines.write(chunk)
  }

  note(text: string): void {
    this.event({ type: 'log', level: 'info', text })
  }

  busy(): void {}

  finish({ exitCode, seconds, error }: RunOutcome): void {
    this.#stdoutLines.end()
    this.#stderrLines.end()
    if (error) process.stderr.write(`${errorLines(error, this.#style).join('\n')}\n`)
    const told = error && { code: error.code, name: error.name, message: error.message }
    process.stdout.write(jsonLine({ type: 'job.finished', exitCode, seconds, error: told }))
  }
}
