import { get, type IncomingMessage } from 'node:http'
import { TsparkError } from '../events/tsparkError.js'
import { mapOutputPath } from '../protocol/blockRequest.js'
import { requestHeaders } from '../protocol/headers.js'
import type { MapOutputId } from '../protocol/workerMessages.js'
import { BlockFileWriter } from '../storage/blockFile.js'
import { parseBlockIndex } from '../storage/blockIndex.js'
import type { LocalDirs } from '../storage/localDirs.js'

const SILENCE_MS = 10_000

/** Where a map output is copied from and to. */
export interface CopySource {
  readonly appId: string
  /** hex */
  readonly secret: string
  readonly host: string
  readonly port: number
  /** the application's folders on this worker */
  readonly dirs: LocalDirs
}

/** Takes a whole map output over from another worker; every segment is verified before the files get their names. */
export async function copyMapOutput(source: CopySource, output: MapOutputId): Promise<void> {
  const index = parseBlockIndex(await bytesOf(await open(source, output, 'index')), `the index of ${nameOf(output)}`)
  const writer = new BlockFileWriter(source.dirs.place(`shuffle/${output.shuffleId}`, nameOf(output)), index.checksums.length)
  try {
    let segment = 0
    let at = 0
    const endSegments = (): void => {
      while (segment < index.checksums.length && at === index.offsets[segment + 1]) check(writer.endSegment() === index.checksums[segment++], output)
    }
    endSegments()
    for await (const chunk of await open(source, output, 'data')) {
      for (let rest = chunk as Buffer; rest.length > 0; ) {
        check(segment < index.checksums.length, output)
        const part = rest.subarray(0, index.offsets[segment + 1]! - at)
        writer.write([part])
        at += part.length
        rest = rest.subarray(part.length)
        endSegments()
      }
    }
    check(segment === index.checksums.length, output)
    writer.commit()
  } catch (error) {
    writer.abort()
    throw error
  }
}

function nameOf({ mapIndex, attemptId }: MapOutputId): string {
  return `${mapIndex}-${attemptId}`
}

function check(isRight: boolean, output: MapOutputId): void {
  if (!isRight) throw new TsparkError('TSPARK_CHECKSUM', `checksum mismatch in shuffle/${output.shuffleId}/${nameOf(output)} as it came over the network`)
}

function open({ appId, secret, host, port }: CopySource, output: MapOutputId, part: 'index' | 'data'): Promise<IncomingMessage> {
  const path = mapOutputPath(appId, output.shuffleId, nameOf(output), part)
  return new Promise((resolve, reject) => {
    const headers = requestHeaders({ token: secret, role: 'executor', app: appId })
    const request = get({ host, port, path, headers, timeout: SILENCE_MS }, (response) => {
      if (response.statusCode === 200) return resolve(response)
      response.resume()
      reject(new Error(`HTTP ${response.statusCode}`))
    })
    request.on('timeout', () => request.destroy(new Error('it does not answer')))
    request.on('error', reject)
  })
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
