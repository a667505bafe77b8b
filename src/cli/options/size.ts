import { InvalidArgumentError } from 'commander'
import { sizeOf } from '../../protocol/units.js'

const SMALLEST = 16 * 2 ** 20
const LARGEST = 64 * 2 ** 40

/** `400m`, `1g`, `2048` (a plain number is MiB) as bytes: the memory of an executor or a worker. */
export function parseSize(text: string): number {
  let bytes: number
  try {
    bytes = sizeOf(text)
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`)
  }
  if (bytes < SMALLEST) throw new InvalidArgumentError('the smallest size is 16m.')
  if (bytes > LARGEST) throw new InvalidArgumentError('the largest size is 64t.')
  return bytes
}
