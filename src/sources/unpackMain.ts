import { type MessagePort, workerData } from 'node:worker_threads'
import { wireErrorOf } from '../events/wireErrorOf.js'
import type { ArchiveKind } from './archive.js'
import { unpackArchive } from './unpackArchive.js'

export interface UnpackJob {
  readonly path: string
  readonly kind: ArchiveKind
  readonly folder: string
  readonly name: string
  readonly done: SharedArrayBuffer
  readonly port: MessagePort
}

// The thread of `unpackNow`: its starter stands still until `done` is 1, and finds an error on the port.
const { path, kind, folder, name, done, port } = workerData as UnpackJob
try {
  await unpackArchive(path, kind, folder, name)
} catch (error) {
  port.postMessage(wireErrorOf(error))
} finally {
  const cell = new Int32Array(done)
  Atomics.store(cell, 0, 1)
  Atomics.notify(cell, 0)
}
