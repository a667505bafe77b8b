import type { TsparkEvent } from '../../events/event.js'
import type { RunError } from '../../protocol/submitMessages.js'

/** How a run came to its end, as submit tells it. */
export interface RunOutcome {
  exitCode: number
  seconds: number
  error?: RunError
}

/** Shows a run: for people on stderr, or for programs as JSON Lines on stdout. */
export interface Renderer {
  /** whether main's stdout is to come through `mainStdout`; otherwise the driver inherits the descriptor */
  readonly wantsStdout: boolean
  event(event: TsparkEvent): void
  mainStdout(chunk: Buffer): void
  mainStderr(chunk: Buffer): void
  /** something submit itself has to say */
  note(text: string): void
  /** what the run is waiting for now, or undefined when it goes on */
  busy(text: string | undefined): void
  finish(outcome: RunOutcome): void
}
