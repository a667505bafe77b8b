const FIRST = 64 * 1024
const LF = 10
const SHORT = 32
const FEW = 8

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
  array(array: Int32Array | Float64Array | Uint32Array): void {
    if (array.length <= FEW) return this.#few(array)
    this.bytes(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  }

  /** One by one: asking V8 for the buffer of a small array costs more than the array. */
  #few(array: Int32Array | Float64Array | Uint32Array): void {
    this.#need(array.length * 8)
    const buffer = this.#buffer
    let { at } = this
    if (array instanceof Int32Array) for (let i = 0; i < array.length; i++) at = buffer.writeInt32LE(array[i]!, at)
    else if (array instanceof Float64Array) for (let i = 0; i < array.length; i++) at = buffer.writeDoubleLE(array[i]!, at)
    else for (let i = 0; i < array.length; i++) at = buffer.writeUInt32LE(array[i]!, at)
    this.at = at
  }

  /** UTF-8 with its length. */
  text(text: string): void {
    this.#need(4 + text.length * 3)
    const written = this.#buffer.write(text, this.at + 4, 'utf8')
    this.#buffer.writeUInt32LE(written, this.at)
    this.at += 4 + written
  }

  /** A text and a line end. */
  line(text: string): void {
    this.#need(text.length * 3 + 1)
    this.at += this.#buffer.write(text, this.at, 'utf8')
    this.#buffer[this.at++] = LF
  }

  /** A piece of other bytes and a line end. */
  byteLine(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from
    this.#need(length + 1)
    // a view costs more than a few bytes one by one
    if (length < SHORT) for (let i = 0; i < length; i++) this.#buffer[this.at + i] = bytes[from + i]!
    else this.#buffer.set(new Uint8Array(bytes.buffer, bytes.byteOffset + from, length), this.at)
    this.at += length
    this.#buffer[this.at++] = LF
  }

  /** All that was written, as long as nothing else is. */
  view(): Uint8Array {
    return this.#buffer.subarray(0, this.at)
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
