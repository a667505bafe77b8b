const LF = 10
const CR = 13
/** Strings of this size are split fastest; larger ones leave V8's young generation. */
const PIECE = 64 * 1024

/** Cuts bytes that come in chunks into lines; LF, CRLF and a lone CR end one. Decodes whole lines only, so no character is cut. */
export class LineSplitter {
  #chunk: Buffer = Buffer.alloc(0)
  #at = 0
  /** the beginning of a line whose end has not come yet */
  #rest: Buffer[] = []
  #dropMark = false
  #ended = false

  dropByteOrderMark(): void {
    this.#dropMark = true
  }

  /** Takes the next bytes; the ones before must be used up (`take` gave undefined). They may be overwritten after that. */
  add(bytes: Buffer): void {
    this.#chunk = bytes
    this.#at = 0
  }

  finish(): void {
    this.#ended = true
  }

  /** Lines that are complete, or undefined if more bytes are needed. */
  take(): string[] | undefined {
    if (this.#rest.length > 0 && this.#at < this.#chunk.length) {
      const joined = this.#joinRest()
      if (joined) return this.#lines(joined)
    }
    if (this.#at < this.#chunk.length) {
      const end = this.#cut(this.#chunk, this.#at, Math.min(this.#chunk.length, this.#at + PIECE)) ?? this.#cut(this.#chunk, this.#at, this.#chunk.length)
      if (end !== undefined) {
        const piece = this.#chunk.subarray(this.#at, end)
        this.#at = end
        return this.#lines(piece)
      }
      this.#rest.push(Buffer.from(this.#chunk.subarray(this.#at)))
      this.#at = this.#chunk.length
    }
    if (!this.#ended || this.#rest.length === 0) return undefined
    const last = Buffer.concat(this.#rest)
    this.#rest = []
    return this.#lines(last)
  }

  /** Completes the line that was left over with what ends it in this chunk. */
  #joinRest(): Buffer | undefined {
    let end = this.#at
    while (end < this.#chunk.length && this.#chunk[end] !== LF && this.#chunk[end] !== CR) end++
    const lastByte = this.#rest.at(-1)!.at(-1)
    // a CR at the end of the chunk before: whether it was a CRLF is known only now
    if (lastByte === CR) end = this.#chunk[this.#at] === LF ? this.#at + 1 : this.#at
    else if (end >= this.#chunk.length || (this.#chunk[end] === CR && end + 1 >= this.#chunk.length)) {
      this.#rest.push(Buffer.from(this.#chunk.subarray(this.#at)))
      this.#at = this.#chunk.length
      return undefined
    } else end += this.#chunk[end] === CR && this.#chunk[end + 1] === LF ? 2 : 1
    const joined = Buffer.concat([...this.#rest, this.#chunk.subarray(this.#at, end)])
    this.#rest = []
    this.#at = end
    return joined
  }

  /** Where the last complete line in [from, to) ends. */
  #cut(chunk: Buffer, from: number, to: number): number | undefined {
    const feed = chunk.lastIndexOf(LF, to - 1)
    if (feed >= from) return feed + 1
    for (let at = to - 2; at >= from; at--) if (chunk[at] === CR) return at + 1
    return undefined
  }

  #lines(bytes: Buffer): string[] {
    let text = bytes.toString('utf8')
    if (this.#dropMark) {
      this.#dropMark = false
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1)
    }
    if (text === '') return []
    const lines = bytes.includes(CR) ? text.split(/\r\n|\n|\r/) : text.split('\n')
    const last = bytes[bytes.length - 1]
    if (last === LF || last === CR) lines.pop()
    return lines
  }
}
