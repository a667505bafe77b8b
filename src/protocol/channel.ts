import { TsparkError } from '../events/tsparkError.js'

/** Before every message: its number, and the number of the last one that came the other way. */
const HEAD = 16
/** What came in is acknowledged by itself when so much of it has gathered; otherwise what goes out tells. */
const ACK_AFTER_FRAMES = 64
const ACK_AFTER_BYTES = 1 << 20

/**
 * One side's half of a conversation that outlives its connections: messages are numbered and kept until the other side has
 * told that it has them. Over a new connection it goes on where the old one broke: nothing is missed, nothing comes twice.
 */
export class Channel {
  #sent = 0
  #received = 0
  #kept: { number: number; frame: Uint8Array }[] = []
  #frames = 0
  #bytes = 0

  /** Number of the last message that came. */
  get received(): number {
    return this.#received
  }

  /** Makes the frame of the next message; it is kept until it is acknowledged. */
  send(message: Uint8Array): Uint8Array {
    const frame = this.#frame(++this.#sent, message)
    this.#kept.push({ number: this.#sent, frame })
    return frame
  }

  /** Takes a frame; gives its message, or undefined for an acknowledgement and for what came before. */
  receive(frame: Uint8Array): Uint8Array | undefined {
    if (frame.byteLength < HEAD) throw new TsparkError('TSPARK_PROTOCOL', 'a frame is shorter than its head')
    const head = new DataView(frame.buffer, frame.byteOffset, HEAD)
    const number = head.getFloat64(0, true)
    this.#acknowledged(head.getFloat64(8, true))
    if (number === 0 || number <= this.#received) return undefined
    if (number !== this.#received + 1) throw new TsparkError('TSPARK_PROTOCOL', `message ${number} came after message ${this.#received}`)
    this.#received = number
    this.#frames++
    this.#bytes += frame.byteLength
    return frame.subarray(HEAD)
  }

  /** An acknowledgement, if so much has come since the last one that the other side should hear of it. */
  acknowledgement(): Uint8Array | undefined {
    return this.#frames >= ACK_AFTER_FRAMES || this.#bytes >= ACK_AFTER_BYTES ? this.#frame(0, new Uint8Array(0)) : undefined
  }

  /** A new connection stands, and the other side has all up to `received`: gives the frames that it lacks. */
  resume(received: number): Uint8Array[] {
    this.#acknowledged(received)
    return this.#kept.map(({ frame }) => frame)
  }

  #acknowledged(number: number): void {
    if (!(number <= this.#sent)) throw new TsparkError('TSPARK_PROTOCOL', `message ${number} was acknowledged, only ${this.#sent} were sent`)
    let known = 0
    while (known < this.#kept.length && this.#kept[known]!.number <= number) known++
    if (known > 0) this.#kept.splice(0, known)
  }

  #frame(number: number, message: Uint8Array): Uint8Array {
    const frame = new Uint8Array(HEAD + message.byteLength)
    const head = new DataView(frame.buffer)
    head.setFloat64(0, number, true)
    head.setFloat64(8, this.#received, true)
    frame.set(message, HEAD)
    this.#frames = 0
    this.#bytes = 0
    return frame
  }
}
