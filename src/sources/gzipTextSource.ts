import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { TsparkError } from '../events/tsparkError.js'
import type { BatchSource } from '../plan/batchSource.js'
import { LineSplitter } from './lineSplitter.js'
import { unreadable } from './listInput.js'
import type { InputMetrics } from './textSource.js'

/** The lines of a gzip file, of several members too. */
export class GzipTextSource implements BatchSource<string> {
  readonly mayWait = true
  readonly #metrics: InputMetrics
  readonly #stream: AsyncGenerator<Buffer>
  readonly #lines = new LineSplitter()
  #ended = false

  constructor(path: string, metrics: InputMetrics) {
    this.#metrics = metrics
    this.#stream = unzipped(path)
    this.#lines.dropByteOrderMark()
  }

  async next(): Promise<readonly string[] | null> {
    for (;;) {
      const ready = this.#lines.take()
      if (ready) {
        this.#metrics.inputRecords += ready.length
        return ready
      }
      if (this.#ended) return null
      const { done, value } = await this.#stream.next()
      if (done) {
        this.#ended = true
        this.#lines.finish()
      } else {
        this.#metrics.inputBytes += value.length
        this.#lines.add(value)
      }
    }
  }

  close(): void {
    this.#stream.return(undefined).catch(() => {})
  }
}

/** The unpacked bytes of a gzip file; a torn or foreign file fails by name. */
async function* unzipped(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 })
  const unzip = createGunzip({ chunkSize: 1 << 18 })
  file.on('error', (error) => unzip.destroy(error))
  file.pipe(unzip)
  try {
    for await (const chunk of unzip) yield chunk as Buffer
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (code.startsWith('Z_')) throw new TsparkError('TSPARK_INPUT', `${path} is no complete gzip file: ${(error as Error).message}`, { cause: error })
    throw unreadable(path, error)
  } finally {
    file.destroy()
    unzip.destroy()
  }
}
