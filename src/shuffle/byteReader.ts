/** Reads what a ByteWriter wrote. */
export class ByteReader {
  readonly #buffer: Buffer

  constructor(
    bytes: Uint8Array,
    public at: number,
  ) {
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u8(): number {
    return this.#buffer[this.at++]!
  }

  u32(): number {
    const value = this.#buffer.readUInt32LE(this.at)
    this.at += 4
    return value
  }

  /** A view, valid as long as the frame's memory is. */
  bytes(length: number): Buffer {
    const view = this.#buffer.subarray(this.at, this.at + length)
    this.at += length
    return view
  }

  text(): string {
    const length = this.u32()
    const text = this.#buffer.toString('utf8', this.at, this.at + length)
    this.at += length
    return text
  }

  int32s(count: number): Int32Array {
    const array = new Int32Array(count)
    new Uint8Array(array.buffer).set(this.bytes(count * 4))
    return array
  }

  uint32s(count: number): Uint32Array {
    const array = new Uint32Array(count)
    new Uint8Array(array.buffer).set(this.bytes(count * 4))
    return array
  }

  doubles(count: number): Float64Array {
    const array = new Float64Array(count)
    new Uint8Array(array.buffer).set(this.bytes(count * 8))
    return array
  }
}
