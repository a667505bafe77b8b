import type { Ora } from 'ora'

/** Owns stderr: whole lines, and below them a live area (or a spinner) that is gone before any line is written. */
export class Screen {
  readonly #err: NodeJS.WriteStream
  #drawn = 0
  #spinner: Ora | undefined
  /** main's output stopped in the middle of a line: nothing of ours may be put behind it */
  #midLine = false

  constructor(err: NodeJS.WriteStream) {
    this.#err = err
  }

  get columns(): number {
    return this.#err.columns || 80
  }

  line(text: string): void {
    this.clear()
    this.#err.write(this.#midLine ? `\n${text}\n` : `${text}\n`)
    this.#midLine = false
  }

  /** Main's bytes on their way to its own stream. */
  pass(out: NodeJS.WriteStream, chunk: Buffer): void {
    this.clear()
    out.write(chunk)
    this.#midLine = chunk.at(-1) !== 0x0a
  }

  draw(lines: readonly string[]): void {
    if (this.#midLine) return
    this.clear()
    if (lines.length === 0) return
    this.#err.write(lines.join('\n'))
    this.#drawn = lines.length
  }

  async spin(text: string): Promise<void> {
    // ora divides by the width: one of 0, as a terminal without a size tells, would have it clear lines for ever
    if (!this.#err.columns) return this.draw([text])
    if (this.#spinner) this.#spinner.text = text
    else {
      const { default: ora } = await import('ora')
      // stdin is the job's: ora must not touch it
      this.#spinner ??= ora({ stream: this.#err, discardStdin: false, text })
    }
    if (!this.#midLine) this.#spinner.start()
  }

  clear(): void {
    if (this.#spinner?.isSpinning) this.#spinner.stop()
    if (this.#drawn === 0) return
    this.#err.write(`\r\u001b[2K${'\u001b[1A\u001b[2K'.repeat(this.#drawn - 1)}`)
    this.#drawn = 0
  }
}
