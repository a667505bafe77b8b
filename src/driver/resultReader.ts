import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { TsparkError } from '../events/tsparkError.js'
import { requestHeaders } from '../protocol/headers.js'
import { hostId } from '../protocol/hostId.js'
import type { WorkerInfo } from '../protocol/shapes.js'
import { findIn } from '../storage/localDirs.js'

/** A large result: the worker's file, opened directly on the same host, fetched from another; verified either way. */
export async function readResult(app: { appId: string; secret: string }, worker: WorkerInfo, block: { name: string; size: number }): Promise<Uint8Array> {
  const bytes = worker.hostId === hostId() ? readFileSync(resultPath(app.appId, worker, block.name)) : await fetchResult(app, worker, block)
  const expected = block.name.slice(block.name.indexOf('-') + 1)
  if (bytes.byteLength !== block.size || crc32(bytes).toString(16) !== expected) {
    throw new TsparkError('TSPARK_CHECKSUM', `checksum mismatch: result ${block.name} of worker ${worker.workerId} is not what was written`)
  }
  return bytes
}

function resultPath(appId: string, { scratchDirs }: WorkerInfo, name: string): string {
  return findIn(
    scratchDirs.map((dir) => join(dir, appId, 'results')),
    name,
  )
}

function fetchResult({ appId, secret }: { appId: string; secret: string }, worker: WorkerInfo, { name }: { name: string }): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = requestHeaders({ token: secret, role: 'driver', app: appId })
    const request = get({ host: worker.host, port: worker.port, path: `/apps/${appId}/results/${name}`, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks))
        else reject(new TsparkError('TSPARK_CLUSTER', `worker ${worker.workerId} did not give result ${name} (HTTP ${response.statusCode})`))
      })
    })
    request.on('error', reject)
  })
}
