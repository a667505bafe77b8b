import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { TsparkError } from '../events/tsparkError.js'
import { diskError } from '../storage/diskError.js'
import { isAlive } from '../storage/isAlive.js'
import { partName } from './partName.js'

export interface OutputForm {
  readonly single: boolean
  readonly compression: 'none' | 'gzip'
}

const MARK = '.tspark-'

/** An output on its way: tasks write below `staging`, and it becomes visible in one step or not at all. */
export class OutputCommitter {
  /** neither visible nor removed yet */
  static readonly #open = new Set<OutputCommitter>()

  private constructor(
    readonly path: string,
    readonly staging: string,
    readonly form: OutputForm,
    /** folders made for it, to be removed again if it fails */
    private readonly madeParent: string | undefined,
  ) {}

  /** Refuses a path where anything is already, makes missing parents and a staging folder beside the path. */
  static prepare(text: string, form: OutputForm): OutputCommitter {
    const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(text)
    if (scheme && scheme[1]?.toLowerCase() !== 'file') {
      throw new TsparkError('TSPARK_OUTPUT', `output path ${text}: files of '${scheme[1]}:' cannot be written`, { hint: 'use a path of this machine' })
    }
    const plain = resolve(text.startsWith('file://') ? fileURLToPath(text) : text.replace(/^file:/, ''))
    const path = form.single && form.compression === 'gzip' && !plain.endsWith('.gz') ? `${plain}.gz` : plain
    if (isThere(path)) throw new TsparkError('TSPARK_OUTPUT', `output path ${path} exists already`, { hint: 'remove it or choose another one' })
    const parent = dirname(path)
    try {
      const made = mkdirSync(parent, { recursive: true })
      removeStale(parent, basename(path))
      const staging = join(parent, `.${basename(path)}${MARK}${process.pid}-${randomBytes(4).toString('hex')}`)
      mkdirSync(staging)
      const output = new OutputCommitter(path, staging, form, made)
      OutputCommitter.#open.add(output)
      return output
    } catch (error) {
      throw new TsparkError('TSPARK_OUTPUT', `output path ${path} cannot be written: ${(error as Error).message}`, { cause: error })
    }
  }

  /** Removes at once what outputs on their way have written: their process ends before they do. */
  static abandonAll(): void {
    for (const output of OutputCommitter.#open) {
      try {
        output.#abandon()
      } catch {
        // the next save to the same path tries again
      }
    }
  }

  /** Makes the output visible: of all that attempts have written the files that count, in the order of partitions. */
  async commit(parts: readonly string[]): Promise<void> {
    try {
      if (this.form.single) await this.#commitFile(parts.map((name) => join(this.staging, name)))
      else {
        const suffix = this.form.compression === 'gzip' ? '.gz' : ''
        for (const [partition, name] of parts.entries()) renameSync(join(this.staging, name), join(this.staging, partName(partition, suffix)))
        // what attempts that were killed have left
        for (const name of readdirSync(this.staging)) if (name.startsWith('.')) rmSync(join(this.staging, name))
        writeFileSync(join(this.staging, '_SUCCESS'), '')
        if (isThere(this.path)) throw taken(this.path)
        renameSync(this.staging, this.path)
      }
      OutputCommitter.#open.delete(this)
    } catch (error) {
      throw TsparkError.is(error) ? error : (diskError(error, this.path) as Error)
    }
  }

  /** Removes all that was written. */
  async abort(): Promise<void> {
    await rm(this.staging, { recursive: true, force: true, maxRetries: 3 })
    this.#abandon()
  }

  #abandon(): void {
    OutputCommitter.#open.delete(this)
    rmSync(this.staging, { recursive: true, force: true, maxRetries: 3 })
    if (this.madeParent) removeEmpty(dirname(this.path), this.madeParent)
  }

  /** The parts one after the other: the first one grows by the others, so nothing is held in memory. */
  async #commitFile(parts: readonly string[]): Promise<void> {
    const [first = join(this.staging, 'part-empty'), ...others] = parts
    if (parts.length === 0) writeFileSync(first, '')
    for (const part of others) {
      await pipeline(createReadStream(part, { highWaterMark: 1 << 20 }), createWriteStream(first, { flags: 'a' }))
      rmSync(part)
    }
    try {
      // unlike rename, link never replaces what somebody else has put there meanwhile
      linkSync(first, this.path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw taken(this.path)
      if (existsSync(this.path)) throw taken(this.path)
      renameSync(first, this.path)
    }
    rmSync(this.staging, { recursive: true, force: true })
  }
}

function taken(path: string): TsparkError {
  return new TsparkError('TSPARK_OUTPUT', `output path ${path} exists already: something else has made it meanwhile`)
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    throw new TsparkError('TSPARK_OUTPUT', `output path ${path} cannot be written: ${(error as Error).message}`, { cause: error })
  }
}

/** Staging folders of the same output whose driver died. */
function removeStale(parent: string, name: string): void {
  const prefix = `.${name}${MARK}`
  for (const entry of readdirSync(parent)) {
    if (!entry.startsWith(prefix)) continue
    const pid = Number.parseInt(entry.slice(prefix.length), 10)
    if (Number.isInteger(pid) && !isAlive(pid)) rmSync(join(parent, entry), { recursive: true, force: true })
  }
}

function removeEmpty(from: string, upTo: string): void {
  for (let folder = from; folder.startsWith(upTo); folder = dirname(folder)) {
    try {
      if (readdirSync(folder).length > 0) return
      rmSync(folder, { recursive: true })
    } catch {
      return
    }
  }
}
