import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { computeSplits } from '../../../src/sources/computeSplits.js'
import { GzipTextSource } from '../../../src/sources/gzipTextSource.js'
import { TextSource } from '../../../src/sources/textSource.js'
import { test } from './temporaryFolder.js'

const MIB = 2 ** 20

/** The contract in its simplest form: the whole file as one string. */
function naiveLines(bytes: Buffer): string[] {
  const lines = new TextDecoder('utf-8', { ignoreBOM: false }).decode(bytes).split(/\r\n|\n|\r/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function read(path: string, size: number, partitions: number): { lines: string[]; metrics: { inputBytes: number; inputRecords: number }; splits: number } {
  const metrics = { inputBytes: 0, inputRecords: 0 }
  const splits = computeSplits([{ path, size }], partitions)
  const lines = splits.flatMap((split) => {
    const source = new TextSource(split, metrics)
    try {
      const found: string[] = []
      for (let batch = source.next(); batch !== null; batch = source.next()) found.push(...batch)
      return found
    } finally {
      source.close()
    }
  })
  return { lines, metrics, splits: splits.length }
}

const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('\n', '\r', '\r\n', '\n\r', '\r\r\n').map((text) => Buffer.from(text)) },
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.constant(Buffer.from('\ufeff')) },
)
const content = fc.array(piece, { maxLength: 60 }).map((pieces) => Buffer.concat(pieces))

describe('lines of a text file', () => {
  test('are each read once, by exactly one split, whatever the bytes and the number of splits', ({ folder }) => {
    const path = join(folder, 'text')
    fc.assert(
      fc.property(content, fc.integer({ min: 1, max: 12 }), (bytes, partitions) => {
        writeFileSync(path, bytes)
        const { lines, metrics } = read(path, bytes.length, partitions)
        expect(lines).toEqual(naiveLines(bytes))
        expect(metrics).toEqual({ inputBytes: bytes.length, inputRecords: lines.length })
      }),
      { numRuns: 1000 },
    )
  })

  test('are whole where chunks of reading end: in a character, in a CRLF, in a long line', ({ folder }) => {
    const path = join(folder, 'text')
    for (const end of ['\n', '\r\n', '\r']) {
      for (const before of [0, 1, 2, 3]) {
        const text = `${'x'.repeat(MIB - 2 - before)}€${end}${'y'.repeat(64 * 1024 - 1)}${end}${'ü'.repeat(MIB)}${end}end`
        const bytes = Buffer.from(text)
        writeFileSync(path, bytes)
        for (const partitions of [1, 2, 5]) {
          const { lines } = read(path, bytes.length, partitions)
          // comparing lengths first keeps a failure readable
          expect(lines.map((line) => line.length)).toEqual([MIB - 1 - before, 64 * 1024 - 1, MIB, 3])
          expect(lines).toEqual(text.split(end))
        }
      }
    }
  })

  test('of gzip members are those of the text', async ({ folder }) => {
    const path = join(folder, 'text.gz')
    await fc.assert(
      fc.asyncProperty(content, fc.nat({ max: 40 }), async (bytes, cut) => {
        writeFileSync(path, Buffer.concat([gzipSync(bytes.subarray(0, cut)), gzipSync(bytes.subarray(cut))]))
        const source = new GzipTextSource(path, { inputBytes: 0, inputRecords: 0 })
        const lines: string[] = []
        for (let batch = await source.next(); batch !== null; batch = await source.next()) lines.push(...batch)
        source.close()
        expect(lines).toEqual(naiveLines(bytes))
      }),
      { numRuns: 200 },
    )
  })
})

describe('splits', () => {
  test('cover every byte of every file once, in order, none over 32 MiB and a tenth', () => {
    const files = fc.array(fc.record({ path: fc.constantFrom('a', 'b', 'c.gz'), size: fc.nat({ max: 200 * MIB }) }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(files, fc.integer({ min: 1, max: 40 }), (inputs, partitions) => {
        const splits = computeSplits(inputs, partitions)
        let at = 0
        for (const { path, size } of inputs) {
          let covered = 0
          while (covered < size) {
            const split = splits[at++]!
            expect(split).toMatchObject({ path, start: covered })
            if (!path.endsWith('.gz')) expect(split.length).toBeLessThanOrEqual(32 * MIB * 1.1)
            covered += split.length
          }
          expect(covered).toBe(size)
        }
        expect(at).toBe(splits.length)
      }),
    )
  })

  test('of one plain file between 1 kB and 320 MB are exactly the 10 that were asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 320_000_000 }), (size) => {
        expect(computeSplits([{ path: 'a', size }], 10)).toHaveLength(10)
      }),
      { numRuns: 1000 },
    )
  })

  test('of a file that is cut at the largest size are as many as in Spark, and even', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (size) => {
        const splits = computeSplits(
          [
            { path: 'a', size },
            { path: 'b', size: 400 * MIB },
          ],
          2,
        )
        const lengths = splits.filter(({ path }) => path === 'a').map(({ length }) => length)
        let hadoop = 1
        for (let rest = size; rest / (32 * MIB) > 1.1; rest -= 32 * MIB) hadoop++
        expect(lengths).toHaveLength(hadoop)
        expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThan(lengths.length)
      }),
      { numRuns: 1000 },
    )
  })

  test('an empty file has no split, as in Spark', () => {
    expect(computeSplits([{ path: 'a', size: 0 }], 4)).toEqual([])
  })
})
