import { createWriteStream, rmSync } from 'node:fs'
import { get, type IncomingMessage, type RequestOptions } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { requestHeaders } from '../protocol/headers.js'
import type { BlockHolder } from '../protocol/shapes.js'
import { FrameReader } from '../storage/frameFile.js'

const SILENCE_MS = 10_000
/** Frames that are verified before the thread does something else. */
const FRAMES_AT_ONCE = 64

export interface CachedSource {
  readonly appId: string
  /** hex */
  readonly secret: string
  readonly holder: BlockHolder
}

/** Path of a GET that answers with the frames of a cached partition; ids only, never paths. */
function cachedPath(appId: string, executorId: string, rddId: number, partition: number): string {
  return `/apps/${appId}/cache/${executorId}/${rddId}-${partition}`
}

/** Copies a cached partition of another executor into a file of frames, each verified; a copy that is not right is no copy. */
export async function fetchCached({ appId, secret, holder }: CachedSource, rddId: number, partition: number, path: string): Promise<void> {
  const { host, port, executorId } = holder
  const headers = requestHeaders({ token: secret, role: 'executor', app: appId })
  const response = await open({ host, port, path: cachedPath(appId, executorId, rddId, partition), headers, timeout: SILENCE_MS })
  try {
    if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`)
    await pipeline(response, createWriteStream(path, { mode: 0o600 }))
    await verify(path)
  } catch (error) {
    response.destroy()
    rmSync(path, { force: true })
    throw error
  }
}

/** The answer to a GET; a worker that is silent for too long is as good as gone. */
function open(options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(options, resolve)
    request.on('timeout', () => request.destroy(new Error('it does not answer')))
    request.on('error', reject)
  })
}

async function verify(path: string): Promise<void> {
  const reader = new FrameReader(path)
  try {
    for (let frames = 1; reader.next() !== null; frames++) if (frames % FRAMES_AT_ONCE === 0) await new Promise(setImmediate)
  } finally {
    reader.close()
  }
}
