import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { TsparkError } from '../events/tsparkError.js'
import type { WireError } from '../protocol/shapes.js'
import type { Archive } from '../sources/archive.js'
import type { UnpackJob } from '../sources/unpackMain.js'

/** Unpacks an archive and gives back control when it is done, as main's `sc.addArchive` has to; a bad archive is thrown. */
export function unpackNow({ path, kind, name }: Archive, folder: string): void {
  const done = new SharedArrayBuffer(4)
  const { port1, port2 } = new MessageChannel()
  const job: UnpackJob = { path, kind, folder, name, done, port: port2 }
  const thread = new Worker(new URL('./unpackMain.js', import.meta.url), { workerData: job, transferList: [port2] })
  Atomics.wait(new Int32Array(done), 0, 0)
  const error = receiveMessageOnPort(port1)?.message as WireError | undefined
  port1.close()
  void thread.terminate()
  if (error) throw new TsparkError(error.code === 'TSPARK_DISK' ? 'TSPARK_DISK' : 'TSPARK_INPUT', error.message)
}
