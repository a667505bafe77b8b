import { fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type BuildResult, buildJob } from '../../../src/build/buildJob.js'
import type { Arrival, Order, Shipment } from './shipChild.js'

export interface Shipped extends Shipment {
  /** what the function gives in another process */
  arrived?: Arrival
}

/** A folder for jobs, and the two processes that a job's functions go between. */
export class ShippingLane {
  readonly folder = mkdtempSync(join(tmpdir(), 'tspark-ship-'))
  readonly #child = join(this.folder, 'child.mjs')
  #ready: Promise<unknown> | undefined

  write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true })
      writeFileSync(join(this.folder, name), text)
    }
  }

  build(name: string): Promise<BuildResult> {
    return buildJob({ jobFile: join(this.folder, name), cacheDir: join(this.folder, 'cache') })
  }

  /** Builds a job whose main is `({ ship }) => …`, ships what it says, and calls it where it has arrived. */
  async run(name: string): Promise<Record<string, Shipped>> {
    const { artifact } = await this.build(name)
    const shipments = (await this.#process({ role: 'driver', ...artifact })) as Shipment[]
    const arrivals = (await this.#process({ role: 'executor', ...artifact, shipments })) as Arrival[]
    const arrived = new Map(arrivals.map((arrival) => [arrival.name, arrival]))
    return Object.fromEntries(shipments.map((shipment) => [shipment.name, { ...shipment, arrived: arrived.get(shipment.name) }]))
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #process(order: Order): Promise<unknown> {
    this.#ready ??= build({
      entryPoints: [fileURLToPath(new URL('./shipChild.ts', import.meta.url))],
      outfile: this.#child,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
    })
    await this.#ready
    return new Promise((resolve, reject) => {
      const child = fork(this.#child, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'], cwd: this.folder })
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`the ${order.role} ended early (${code})`)))
      child.once('message', ({ answer, failure }: { answer?: unknown; failure?: string }) => (failure ? reject(new Error(failure)) : resolve(answer)))
      child.send(order)
    })
  }
}
