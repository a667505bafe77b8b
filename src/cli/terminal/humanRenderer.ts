import type { ChalkInstance } from 'chalk'
import type { TsparkEvent } from '../../events/event.js'
import { plural } from '../../events/plural.js'
import { errorLines } from './errorLines.js'
import { executorExcludedText, executorLostText, outputPrefix, speculatedText, stageEndedText, taskFailedText } from './eventText.js'
import { formatBytes } from './formatBytes.js'
import { formatSeconds } from './formatSeconds.js'
import { LineSplitter } from './lineSplitter.js'
import type { Renderer, RunOutcome } from './renderer.js'
import { RunTally } from './runTally.js'
import { Screen } from './screen.js'
import { StageBoard } from './stageBoard.js'

export interface HumanStyle {
  /** a live area that is redrawn; otherwise plain milestone lines */
  live: boolean
  quiet: boolean
  verbose: boolean
  debug: boolean
  colors: ChalkInstance
}

const REDRAW_MS = 200
const SPINNER_AFTER_MS = 300
/** a loop over thousands of actions must not fill a log file */
const MILESTONES = 100
const BEFORE_MAIN_LINES = 12

/** Shows a run to a person: everything on stderr. */
export class HumanRenderer implements Renderer {
  readonly wantsStdout: boolean
  readonly #style: HumanStyle
  readonly #screen: Screen
  readonly #stderrLines: LineSplitter
  readonly #board = new StageBoard()
  readonly #tally = new RunTally()
  readonly #ticker: NodeJS.Timeout | undefined
  #milestones = 0
  #busySince = 0
  #busy: string | undefined
  #lastWaiting = ''

  constructor(style: HumanStyle, err: NodeJS.WriteStream = process.stderr) {
    this.#style = style
    this.#screen = new Screen(err)
    this.#stderrLines = new LineSplitter((line) => this.#screen.line(line))
    // only where both end in the same terminal can main's output and the live area meet
    this.wantsStdout = style.live && process.stdout.isTTY === true
    if (!style.quiet) this.#ticker = setInterval(() => this.#tick(), REDRAW_MS).unref()
  }

  event(event: TsparkEvent): void {
    this.#board.add(event, performance.now())
    this.#tally.add(event)
    const text = this.#lineFor(event)
    if (text !== undefined) this.#screen.line(text)
  }

  mainStdout(chunk: Buffer): void {
    this.#screen.pass(process.stdout, chunk)
  }

  mainStderr(chunk: Buffer): void {
    this.#stderrLines.write(chunk)
  }

  note(text: string): void {
    this.#screen.line(text)
  }

  busy(text: string | undefined): void {
    if (text === undefined) this.#screen.clear()
    else if (this.#busy === undefined) this.#busySince = performance.now()
    this.#busy = text
  }

  finish(outcome: RunOutcome): void {
    clearInterval(this.#ticker)
    this.#busy = undefined
    this.#stderrLines.end()
    this.#screen.clear()
    const { colors, debug, quiet } = this.#style
    if (outcome.error) {
      const limit = this.#tally.started ? undefined : BEFORE_MAIN_LINES
      for (const line of errorLines(outcome.error, { colors, debug, limit })) this.#screen.line(line)
    }
    if (this.#tally.started && !quiet) {
      const paint = outcome.exitCode === 0 ? colors.green : colors.red
      this.#screen.line(paint(this.#tally.summary(outcome)))
    }
  }

  #lineFor(event: TsparkEvent): string | undefined {
    const { colors, quiet, verbose } = this.#style
    switch (event.type) {
      case 'task.output':
        return `${colors.dim(outputPrefix(event))} ${event.text}`
      case 'task.failed':
        // with one attempt the message stands only once, at the end
        return event.maxAttempts > 1 && !quiet ? colors.yellow(taskFailedText(event)) : undefined
      case 'executor.removed':
        return event.planned || quiet ? undefined : colors.yellow(executorLostText(event))
      case 'task.speculated':
        return quiet ? undefined : speculatedText(event)
      case 'executor.excluded':
        return quiet ? undefined : colors.yellow(executorExcludedText(event))
      case 'log':
        return this.#logLine(event)
      case 'app.waiting':
        return this.#waitingLine(event.reason)
      case 'stage.ended':
        return this.#stageLine(event)
      case 'build.finished':
        return verbose ? `built in ${formatSeconds(event.seconds)}${event.cached ? ' (cached)' : ''}: ${formatBytes(event.bytes)}` : undefined
      case 'app.started':
        return quiet || (this.#style.live && !verbose) ? undefined : `${event.name} runs on ${event.master} as ${event.appId}`
      case 'executor.added':
        return verbose ? `executor ${event.executorId} on ${event.host}: ${plural(event.cores, 'core')}, ${formatBytes(event.memory)}` : undefined
      default:
        return undefined
    }
  }

  #logLine({ level, text }: Extract<TsparkEvent, { type: 'log' }>): string | undefined {
    const { colors, quiet, verbose, debug } = this.#style
    if (level === 'error') return `${colors.red('error:')} ${text}`
    if (level === 'warn') return quiet ? undefined : `${colors.yellow('warning:')} ${text}`
    if (level === 'info') return quiet ? undefined : text
    return verbose || debug ? colors.dim(text) : undefined
  }

  #waitingLine(reason: string): string | undefined {
    const told = reason === this.#lastWaiting
    this.#lastWaiting = reason
    return reason === '' || told || this.#style.quiet ? undefined : this.#style.colors.yellow(`waiting: ${reason.replace(/^waiting (?=for )/, '')}`)
  }

  #stageLine(event: Extract<TsparkEvent, { type: 'stage.ended' }>): string | undefined {
    const { quiet, verbose, live } = this.#style
    if (verbose) return stageEndedText(event)
    if (quiet || live || this.#milestones > MILESTONES) return undefined
    this.#milestones++
    return this.#milestones > MILESTONES ? 'more stages follow; --verbose tells each' : stageEndedText(event)
  }

  #tick(): void {
    const now = performance.now()
    if (!this.#style.live) {
      for (const line of this.#board.plain(now)) this.#screen.line(line)
      return
    }
    if (this.#board.active) this.#screen.draw(this.#board.live(now, this.#screen.columns - 1))
    else if (this.#busy !== undefined && now - this.#busySince >= SPINNER_AFTER_MS) void this.#screen.spin(this.#busy)
    else this.#screen.clear()
  }
}
