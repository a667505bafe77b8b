/** So many numbers are read one by one: V8 gives an array of 64 bytes memory outside of its heap only when somebody asks for its buffer, and that is what costs. */
const FEW = 8

/** Reads what a ByteWriter wrote. */
export class ByteReader {
  readonly #buffer: Buffer
  #view: DataView | undefined

  constructor(
    bytes: Uint8Array,
    public at: number,
  ) {
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** All bytes, for numbers that are read where they lie. */
  get view(): DataView {
    const { buffer, byteOffset, byteLength } = this.#buffer
    this.#view ??= new DataView(buffer, byteOffset, byteLength)
    return this.#view
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
    if (count > FEW) return this.#fill(array)
    for (let i = 0; i < count; i++, this.at += 4) array[i] = this.#buffer.readInt32LE(this.at)
    return array
  }

  uint32s(count: number): Uint32Array {
    const array = new Uint32Array(count)
    if (count > FEW) return this.#fill(array)
    for (let i = 0; i < count; i++, this.at += 4) array[i] = this.#buffer.readUInt32LE(this.at)
    return array
  }

  doubles(count: number): Float64Array {
    const array = new Float64Array(count)
    if (count > FEW) return this.#fill(array)
    for (let i = 0; i < count; i++, this.at += 8) array[i] = this.#buffer.readDoubleLE(this.at)
    return array
  }

  /** Numbers lie unaligned in a frame: they are copied. */
  #fill<A extends Int32Array | Uint32Array | Float64Array>(array: A): A {
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(this.bytes(array.byteLength))
    return array
  }
}
