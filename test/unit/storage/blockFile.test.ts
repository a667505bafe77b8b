import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BlockFileWriter } from '../../../src/storage/blockFile.js'
import { readBlockIndex } from '../../../src/storage/blockIndex.js'
import { diskError } from '../../../src/storage/diskError.js'
import { FrameReader, FrameWriter } from '../../../src/storage/frameFile.js'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tspark-storage-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

describe('a block file', () => {
  it('exists with its index only after the commit', () => {
    const path = join(dir, 'deep', '3-4')
    const file = new BlockFileWriter(path, 3)
    file.write([Buffer.from('ab'), Buffer.from('c')])
    file.endSegment()
    file.endSegment()
    file.write([Buffer.from('de')])
    expect(existsSync(`${path}.data`)).toBe(false)
    file.commit()
    expect(readFileSync(`${path}.data`, 'utf8')).toBe('abcde')
    const { offsets, checksums } = readBlockIndex(`${path}.index`)
    expect([...offsets]).toEqual([0, 3, 3, 5])
    expect([...checksums]).toEqual([crc32('abc'), 0, crc32('de')])
    expect(readdirSync(join(dir, 'deep')).sort()).toEqual(['3-4.data', '3-4.index'])
  })

  it('leaves nothing after an abort, and an abort after the commit takes nothing away', () => {
    const file = new BlockFileWriter(join(dir, 'a'), 1)
    file.write([Buffer.from('x')])
    file.abort()
    expect(readdirSync(dir)).toEqual([])
    const other = new BlockFileWriter(join(dir, 'b'), 1)
    other.commit()
    other.abort()
    expect(readdirSync(dir)).toHaveLength(2)
  })

  it('writes thousands of chunks at once', () => {
    const file = new BlockFileWriter(join(dir, 'many'), 1)
    file.write(Array.from({ length: 5000 }, (_, i) => Buffer.from(`${i},`)))
    file.commit()
    expect(readFileSync(join(dir, 'many.data'), 'utf8').split(',')).toHaveLength(5001)
  })

  it('has an index of which every byte is guarded', () => {
    const file = new BlockFileWriter(join(dir, 'c'), 2)
    file.commit()
    const path = join(dir, 'c.index')
    const bytes = readFileSync(path)
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes)
      damaged[at]! ^= 0x10
      writeFileSync(path, damaged)
      expect(() => readBlockIndex(path)).toThrow(/checksum.*c\.index/)
    }
    writeFileSync(path, bytes.subarray(0, 5))
    expect(() => readBlockIndex(path)).toThrow(/checksum/)
    writeFileSync(path, '')
    expect(() => readBlockIndex(path)).toThrow(/checksum/)
  })
})

describe('a file of frames', () => {
  it('gives its frames back one by one, and refuses a damaged one naming the file', () => {
    const path = join(dir, 'frames')
    const writer = new FrameWriter(path)
    for (const text of ['one', '', 'three']) writer.write(Buffer.from(text))
    writer.finish()
    const reader = new FrameReader(path)
    const texts: string[] = []
    for (let frame = reader.next(); frame; frame = reader.next()) texts.push(Buffer.from(frame).toString())
    reader.close()
    expect(texts).toEqual(['one', '', 'three'])
    const bytes = readFileSync(path)
    bytes[9]! ^= 1
    writeFileSync(path, bytes)
    const damaged = new FrameReader(path)
    expect(() => damaged.next()).toThrow(/checksum.*frames/)
    damaged.close()
  })

  it('is removed by an abort, even after its end, without touching a file that was opened since', () => {
    const writer = new FrameWriter(join(dir, 'first'))
    writer.finish()
    const second = new FrameWriter(join(dir, 'second'))
    writer.abort()
    second.write(Buffer.from('still open'))
    second.finish()
    expect(readdirSync(dir)).toEqual(['second'])
  })
})

describe('an error of the disk', () => {
  it.each(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'])('%s is told with the path', (code) => {
    const told = diskError(Object.assign(new Error('write'), { code }), '/scratch/x')
    expect(told).toMatchObject({ code: 'TSPARK_DISK', message: expect.stringContaining('/scratch/x') })
  })
  it('of another kind is given back as it is', () => {
    const error = Object.assign(new Error('gone'), { code: 'ENOENT' })
    expect(diskError(error, '/x')).toBe(error)
  })
})
