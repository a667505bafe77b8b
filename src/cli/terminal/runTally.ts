import type { TsparkEvent } from '../../events/event.js'
import { plural } from '../../events/plural.js'
import { formatBytes } from './formatBytes.js'
import { formatSeconds } from './formatSeconds.js'
import type { RunOutcome } from './renderer.js'

/** Counts what a run did, for the closing line. */
export class RunTally {
  #started = false
  #name = ''
  #stages = 0
  #tasks = 0
  #failed = 0
  #shuffled = 0

  /** whether there is a run to sum up at all */
  get started(): boolean {
    return this.#started
  }

  add(event: TsparkEvent): void {
    if (event.type === 'app.started') {
      this.#started = true
      this.#name = event.name
    } else if (event.type === 'stage.ended') {
      this.#stages++
      this.#tasks += event.tasks
      this.#failed += event.failed
      this.#shuffled += event.shuffleWriteBytes
    }
  }

  summary({ exitCode, seconds }: RunOutcome): string {
    const parts = [
      ...(this.#stages > 0 ? [plural(this.#stages, 'stage'), plural(this.#tasks, 'task')] : []),
      ...(this.#failed > 0 ? [plural(this.#failed, 'failed attempt')] : []),
      ...(this.#shuffled > 0 ? [`${formatBytes(this.#shuffled)} shuffled`] : []),
    ]
    const verb = exitCode === 0 ? 'finished' : `failed (exit ${exitCode})`
    return `${this.#name} ${verb} in ${formatSeconds(seconds)}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`
  }
}
