import { createReadStream, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { type BlockRange, encodeSegmentHeader, parseBlockRanges, SEGMENT_FAILED, SEGMENT_OK } from '../protocol/blockRequest.js'
import { readBlockIndex } from '../storage/blockIndex.js'
import { type Application, isPlainName } from './application.js'
import type { CachedBlocks } from './cachedBlocks.js'

/** What the server has to know of an application. */
type ServedApplication = Pick<Application, 'appId' | 'dirs'> & Partial<Pick<Application, 'cachedBlocks'>>

const PIECE_BYTES = 1024 * 1024

/** Answers GETs for the files of one application: shuffle segments and cached partitions by id, results by name. */
export function serveFiles(request: IncomingMessage, response: ServerResponse, app: ServedApplication | undefined): void {
  const answer = app === undefined ? undefined : route(request.url ?? '', app, response)
  if (answer === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('nothing here')
    return
  }
  // What fails after the head is out can only be told by a torn connection.
  answer.catch(() => (response.headersSent ? response.destroy() : response.writeHead(404).end('nothing here')))
}

function route(url: string, app: ServedApplication, response: ServerResponse): Promise<void> | undefined {
  const cached = /^\/apps\/([\w.:-]{1,128})\/cache\/([\w.:-]{1,128})\/(\d{1,15})-(\d{1,15})$/.exec(url)
  if (cached && cached[1] === app.appId && app.cachedBlocks) return sendCached(app.cachedBlocks, cached[2]!, Number(cached[3]), Number(cached[4]), response)
  const match = /^\/apps\/([\w.:-]{1,128})\/(?:shuffle\/(\d{1,15})(?:\?b=([\d:,-]+)|\/(\d{1,15}-\d{1,15})\.(index|data))|results\/([\w.-]{1,128}))$/.exec(url)
  if (!match || match[1] !== app.appId) return undefined
  const [, , shuffleId, blocks, output, part, name] = match
  if (name !== undefined) return isPlainName(name) ? sendFile(app.dirs.find('results', name), response) : undefined
  if (output !== undefined) return sendFile(`${app.dirs.find(`shuffle/${shuffleId}`, output, '.index')}.${part}`, response)
  const ranges = parseBlockRanges(blocks ?? '')
  return ranges && sendSegments(app, `shuffle/${shuffleId}`, ranges, response)
}

async function sendFile(path: string, response: ServerResponse): Promise<void> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size })
    await pipeline(createReadStream('', { fd: file, autoClose: false, highWaterMark: PIECE_BYTES }), response)
  } finally {
    await file.close()
  }
}

/** A cached partition of an executor, as a file of frames. */
async function sendCached(blocks: CachedBlocks, executorId: string, rddId: number, partition: number, response: ServerResponse): Promise<void> {
  const file = await blocks.open(executorId, rddId, partition)
  if (!file) throw new Error('it is not cached there')
  try {
    await sendFile(file.path, response)
  } finally {
    if (file.temporary) rmSync(file.path, { force: true })
  }
}

async function sendSegments({ dirs }: ServedApplication, folder: string, ranges: readonly BlockRange[], response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/octet-stream' })
  for (const range of ranges) await sendRange(dirs.find(folder, `${range.mapIndex}-${range.attemptId}`, '.index'), range, response)
  response.end()
}

/** A range that cannot be read is told in its place; the others are not its victims. */
async function sendRange(path: string, range: BlockRange, response: ServerResponse): Promise<void> {
  let file: FileHandle | undefined
  try {
    const index = readBlockIndex(`${path}.index`)
    file = await open(`${path}.data`)
    for (let segment = range.from; segment < range.to; segment++) {
      const start = index.offsets[segment]
      const end = index.offsets[segment + 1]
      if (start === undefined || end === undefined) throw new Error(`it has no segment ${segment}`)
      await write(response, encodeSegmentHeader({ status: SEGMENT_OK, crc32: index.checksums[segment] ?? 0, length: end - start }))
      await sendBytes(file, start, end, response)
    }
  } catch (error) {
    if (error instanceof TornFileError || response.destroyed) throw error
    const text = Buffer.from(`map output ${range.mapIndex}-${range.attemptId}: ${(error as Error).message}`)
    await write(response, encodeSegmentHeader({ status: SEGMENT_FAILED, crc32: 0, length: text.length }))
    await write(response, text)
  } finally {
    await file?.close()
  }
}

/** The header promised bytes that are not there: the answer cannot be mended. */
class TornFileError extends Error {}

async function sendBytes(file: FileHandle, start: number, end: number, response: ServerResponse): Promise<void> {
  for (let at = start; at < end; ) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end - at))
    let bytesRead: number
    try {
      bytesRead = (await file.read(piece, 0, piece.length, at)).bytesRead
    } catch (cause) {
      throw new TornFileError('it cannot be read', { cause })
    }
    if (bytesRead === 0) throw new TornFileError('it is shorter than its index says')
    await write(response, bytesRead === piece.length ? piece : piece.subarray(0, bytesRead))
    at += bytesRead
  }
}

/** Writes, and waits while the reader is slower; a reader that left ends it. */
function write(response: ServerResponse, data: Uint8Array): Promise<void> {
  if (response.destroyed) return Promise.reject(new TornFileError('the reader left'))
  if (response.write(data)) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      if (response.destroyed) reject(new TornFileError('the reader left'))
      else resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}
