/** Records as lines, gathered to pieces of a size and as much more as their last line brings. */
export class LinePieces {
  readonly #size: number
  readonly #encoding: BufferEncoding
  #gathered = ''

  constructor(size: number, encoding: BufferEncoding) {
    this.#size = size
    this.#encoding = encoding
  }

  /** The pieces that are full with these records; what is left waits for more. */
  *cut(records: readonly unknown[]): Generator<Buffer> {
    for (const record of records) {
      this.#gathered += `${typeof record === 'string' ? record : String(record)}\n`
      // no string has fewer bytes than characters
      if (this.#gathered.length >= this.#size) yield this.rest()
    }
  }

  rest(): Buffer {
    const piece = Buffer.from(this.#gathered, this.#encoding)
    this.#gathered = ''
    return piece
  }
}
