import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { TsparkError } from '../events/tsparkError.js'
import { hostId } from '../protocol/hostId.js'
import type { Log } from '../protocol/log.js'

const BEAT_MS = 1_000
/** A lease that nobody renewed for so long, by the watcher's own clock, is void. */
const VOID_AFTER_MS = 10_000
/** Of several that take a void lease the last one has it: each looks again after this time. */
const SETTLE_MS = 300

const schema = v.object({ owner: v.string(), url: v.string(), hostId: v.string(), pid: v.number(), beat: v.number() })
type Lease = v.InferOutput<typeof schema>

export interface MasterLeaseOptions {
  dir: string
  /** where the master that holds it can be reached */
  url: string
  /** called when another master is active, and this one is to wait for its end; without it that is an error */
  onStandby?: (activeUrl: string) => void
  signal?: AbortSignal
  log: Log
}

/** The right of one master to use a recovery directory, which machines may share: a file that its holder renews every second. */
export class MasterLease {
  /** settles when the lease has gone to another master: this one must not go on */
  readonly lost: Promise<TsparkError>
  readonly #path: string
  readonly #mine: Omit<Lease, 'beat'>
  #beat = 0
  #timer: NodeJS.Timeout | undefined
  #tellLost!: (error: TsparkError) => void

  private constructor({ dir, url }: MasterLeaseOptions) {
    this.#path = join(dir, 'master.lease')
    this.#mine = { owner: randomBytes(8).toString('hex'), url, hostId: hostId(), pid: process.pid }
    this.lost = new Promise((resolve) => {
      this.#tellLost = resolve
    })
  }

  /** Takes the lease of a directory, at once or when the master that has it is gone; fails with TSPARK_DAEMON. */
  static async take(options: MasterLeaseOptions): Promise<MasterLease> {
    const lease = new MasterLease(options)
    let told = false
    for (;;) {
      options.signal?.throwIfAborted()
      const holder = lease.#read()
      if (holder === undefined || (await isVoid(holder, () => lease.#read(), options.signal))) {
        if (holder && told) options.log(`the master at ${holder.url} is gone: taking over`)
        lease.#write(options.dir)
        await sleep(SETTLE_MS, undefined, { signal: options.signal })
        if (!lease.held) continue
        lease.#timer = setInterval(() => lease.#renew(options), BEAT_MS)
        lease.#timer.unref()
        return lease
      }
      if (!options.onStandby) {
        throw new TsparkError('TSPARK_DAEMON', `the recovery directory ${options.dir} is in use by the master at ${holder.url}`, {
          hint: 'with --standby this master waits and takes over when that one dies',
        })
      }
      if (!told) options.onStandby(holder.url)
      told = true
    }
  }

  /** Asked before every write: a master that was stopped for a while may have been replaced. */
  get held(): boolean {
    return this.#read()?.owner === this.#mine.owner
  }

  /** Lets another master take over at once. */
  release(): void {
    clearInterval(this.#timer)
    if (this.held) rmSync(this.#path, { force: true })
  }

  #renew({ dir, log }: MasterLeaseOptions): void {
    try {
      if (this.held) return this.#write(dir)
    } catch (error) {
      // The others see no beat: if it lasts one of them takes over, and that is noticed here.
      log(`the lease of the recovery directory could not be renewed: ${(error as Error).message}`)
      return
    }
    clearInterval(this.#timer)
    const holder = this.#read()
    this.#tellLost(new TsparkError('TSPARK_DAEMON', `another master${holder ? ` (${holder.url})` : ''} has taken over the recovery directory ${dir}`))
  }

  #read(): Lease | undefined {
    try {
      const parsed = v.safeParse(schema, JSON.parse(readFileSync(this.#path, 'utf8')))
      return parsed.success ? parsed.output : undefined
    } catch (error) {
      // What is no lease belongs to nobody: it is always written as a whole.
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw unusable(this.#path, error)
    }
  }

  #write(dir: string): void {
    const partial = `${this.#path}.${this.#mine.owner}`
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      writeFileSync(partial, JSON.stringify({ ...this.#mine, beat: this.#beat++ } satisfies Lease), { mode: 0o600 })
      renameSync(partial, this.#path)
    } catch (error) {
      throw unusable(this.#path, error)
    }
  }
}

/** Watches a lease until it is renewed, or long enough to know that it is not. */
async function isVoid(seen: Lease, read: () => Lease | undefined, signal: AbortSignal | undefined): Promise<boolean> {
  const since = performance.now()
  while (performance.now() - since < VOID_AFTER_MS) {
    if (hasDied(seen)) return true
    await sleep(BEAT_MS / 2, undefined, { signal })
    const now = read()
    if (now === undefined) return true
    if (now.owner !== seen.owner || now.beat !== seen.beat) return false
  }
  return true
}

/** Only of its own machine can a process know that another is dead. */
function hasDied(lease: Lease): boolean {
  if (lease.hostId !== hostId()) return false
  try {
    process.kill(lease.pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

function unusable(path: string, cause: unknown): TsparkError {
  return new TsparkError('TSPARK_DAEMON', `the recovery directory cannot be used: ${(cause as Error).message}`, {
    cause,
    hint: `give --recovery-dir a folder that can be written (${path})`,
  })
}
