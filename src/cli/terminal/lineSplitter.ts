import { StringDecoder } from 'node:string_decoder'

/** Cuts a stream of bytes into whole lines; characters are never torn. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  readonly #onLine: (line: string) => void
  #parts: string[] = []

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  write(chunk: Buffer): void {
    const text = this.#decoder.write(chunk)
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#parts.push(text.slice(start, end))
      start = end + 1
      this.#emit()
    }
    if (start < text.length) this.#parts.push(text.slice(start))
  }

  /** What is left becomes a line of its own. */
  end(): void {
    const rest = this.#decoder.end()
    if (rest !== '') this.#parts.push(rest)
    if (this.#parts.length > 0) this.#emit()
  }

  #emit(): void {
    const line = this.#parts.join('')
    this.#parts = []
    this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
  }
}
