import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Bundle } from './bundle.js'
import { currentRuntime } from './installRuntime.js'

/** Before any body or nested function: `/*#t<number>@<bundle>*` + `/`. */
const MARKER = /^([^{}=;]{0,300}?)\/\*#t(\d+)@([0-9a-f]+)\*\//s

export interface Marked {
  readonly bundle: Bundle
  readonly id: number
}

/** The place of a function in its bundle, from the marker in its text. */
export function markOf(fn: unknown): Marked | undefined {
  const match = MARKER.exec(Function.prototype.toString.call(fn))
  if (!match) return undefined
  for (const bundle of currentRuntime()?.bundles.values() ?? []) if (bundle.id.startsWith(match[3]!)) return { bundle, id: Number(match[2]) }
  return undefined
}

/** The source file of a function that has no marker, if it came with the bundle; known to the driver only. */
export function sourceFileOf({ url, line }: { url: string; line: number }): string | undefined {
  const { metaPath, bundles } = currentRuntime() ?? {}
  if (metaPath === undefined || dirname(url) !== pathToFileURL(dirname(metaPath)).href) return undefined
  return [...bundles!.values()][0]?.fileAt(line)
}
