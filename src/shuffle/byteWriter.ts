const FIRST = 64 * 1024

/** A buffer that grows, used over and over: what is finished is copied out once. */
export class ByteWriter {
  #buffer = Buffer.allocUnsafeSlow(FIRST)
  at = 0

  reset(): void {
    this.at = 0
    // one huge frame must not keep its memory for ever
    if (this.#buffer.length > 64 * FIRST) this.#buffer = Buffer.allocUnsafeSlow(FIRST)
  }

  u8(value: number): void {
    this.#need(1)
    this.#buffer[this.at++] = value
  }

  u32(value: number): void {
    this.#need(4)
    this.at = this.#buffer.writeUInt32LE(value, this.at)
  }

  bytes(bytes: Uint8Array): void {
    this.#need(bytes.byteLength)
    this.#buffer.set(bytes, this.at)
    this.at += bytes.byteLength
  }

  /** Raw memory of a typed array (both ends run on little-endian machines). */
  array(array: Int32Array | Float64Array | Uint8Array | Uint32Array): void {
    this.bytes(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  }

  /** UTF-8 with its length. */
  text(text: string): void {
    this.#need(4 + text.length * 3)
    const written = this.#buffer.write(text, this.at + 4, 'utf8')
    this.#buffer.writeUInt32LE(written, this.at)
    this.at += 4 + written
  }

  /** All that was written, in memory of its own; the first four bytes become the length of the rest. */
  finish(): Uint8Array {
    this.#buffer.writeUInt32LE(this.at - 4, 0)
    const copy = Buffer.allocUnsafeSlow(this.at)
    this.#buffer.copy(copy, 0, 0, this.at)
    return copy
  }

  #need(bytes: number): void {
    if (this.at + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.at + bytes))
    this.#buffer.copy(larger, 0, 0, this.at)
    this.#buffer = larger
  }
}
