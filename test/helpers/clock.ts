import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sandbox } from './sandbox.js'

const HOUR_MS = 3_600_000

/** The wall clock of a process and of those it starts, which the test can set while they run. Timers go on as they were. */
export class Clock {
  /** for the process that is to have this clock */
  readonly env: Readonly<Record<string, string>>
  readonly #path: string

  constructor(sandbox: Sandbox, name: string) {
    this.#path = join(sandbox.root, `clock-${name}`)
    const program = join(sandbox.root, `node-${name}`)
    this.jump(0)
    const preloaded = join(sandbox.root, `clock-${name}.mjs`)
    writeFileSync(
      preloaded,
      `import { readFileSync } from 'node:fs'
      const Real = Date
      const now = () => {
        const hours = readFileSync(${JSON.stringify(this.#path)}, 'utf8')
        return Real.now() + (hours === 'wild' ? Math.floor(Math.random() * 3) - 1 : Number(hours)) * ${HOUR_MS}
      }
      globalThis.Date = class Date extends Real {
        constructor(...given) { if (given.length === 0) super(now()); else super(...given) }
        static now() { return now() }
      }
      process.execPath = ${JSON.stringify(program)}`,
    )
    // executors get no variables of their worker: the Node it starts has the option by itself
    this.env = { NODE_OPTIONS: `--import=${preloaded}` }
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' --import='${preloaded}' "$@"\n`, { mode: 0o755 })
  }

  /** It is so many hours ahead of the real one from now on. */
  jump(hours: number): void {
    writeFileSync(this.#path, String(hours))
  }

  /** It jumps by one or two hours, there and back, whenever it is looked at. */
  goWild(): void {
    writeFileSync(this.#path, 'wild')
  }
}
