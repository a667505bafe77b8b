import { mapStack } from '../build/sourceTrace.js'
import type { Artifact } from '../protocol/submitMessages.js'

/** Finds `job.ts:12` for the user's frame in a stack, each place once. */
export class SiteFinder {
  artifact: Artifact | undefined
  readonly #known = new Map<string, string | undefined>()

  find(stack: string): string | undefined {
    const { artifact } = this
    if (!artifact) return undefined
    const frame = stack.split('\n').find((line) => line.includes(artifact.bundlePath))
    if (!frame) return undefined
    if (!this.#known.has(frame)) {
      const location = mapStack(`Error\n${frame}`, artifact).location
      // file and line without folders and column: short enough for progress lines
      this.#known.set(frame, location?.replace(/^.*\//, '').replace(/:\d+$/, ''))
    }
    return this.#known.get(frame)
  }
}
