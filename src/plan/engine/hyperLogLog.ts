import { hashKey } from '../hashKey.js'

/**
 * Counts distinct values in little memory: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) over 64 bits of hash, with
 * linear counting for few values.
 */
export class HyperLogLog {
  readonly #bits: number

  constructor(readonly registers: Uint8Array) {
    this.#bits = Math.log2(registers.length)
  }

  static create(bits: number): HyperLogLog {
    return new HyperLogLog(new Uint8Array(2 ** bits))
  }

  /** Bits that give a relative standard deviation. */
  static bitsFor(relativeSD: number): number {
    return Math.min(18, Math.max(4, Math.ceil(2 * Math.log2(1.054 / relativeSD))))
  }

  add(value: unknown): this {
    const hash = hashKey(value)
    // two independent mixes of the 32-bit hash and of the value's own bits give index and rank
    const high = finalise(hash ^ 0x9e3779b9)
    const index = high >>> (32 - this.#bits)
    const low = finalise(Math.imul(hash, 0x85ebca6b) ^ 0x7f4a7c15)
    const rank = Math.clz32(low) + 1
    if (rank > this.registers[index]!) this.registers[index] = rank
    return this
  }

  merge(other: Uint8Array): this {
    for (let i = 0; i < this.registers.length; i++) if (other[i]! > this.registers[i]!) this.registers[i] = other[i]!
    return this
  }

  estimate(): number {
    const m = this.registers.length
    let sum = 0
    let zeros = 0
    for (const register of this.registers) {
      sum += 2 ** -register
      if (register === 0) zeros++
    }
    const alpha = m === 16 ? 0.673 : m === 32 ? 0.697 : m === 64 ? 0.709 : 0.7213 / (1 + 1.079 / m)
    const raw = (alpha * m * m) / sum
    if (raw <= 2.5 * m && zeros > 0) return Math.round(m * Math.log(m / zeros))
    return Math.round(raw)
  }
}

function finalise(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
