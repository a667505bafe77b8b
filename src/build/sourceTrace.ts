import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import type { Artifact } from '../protocol/submitMessages.js'
import { codeFrame } from './codeFrame.js'

/** A stack in terms of the user's sources. */
export interface MappedStack {
  /** the user's frames, then those of packages: `at fn (job.ts:3:4)` */
  readonly frames: string[]
  /** of the first frame that is the user's */
  readonly location?: string
  readonly codeFrame?: string
}

const FRAME = /^\s*at (?:async )?(?:(.*?) \()?((?:file:\/\/|\/)[^\s()]*?):(\d+):(\d+)\)?$/
/** Executors load the bundle from their own folder, where it is named by its hash. */
const maps = new Map<string, TraceMap>()

/** Maps the frames of a raw stack that lie in the bundle; those of the engine and of Node are left out. */
export function mapStack(rawStack: string, artifact: Artifact): MappedStack {
  const own: string[] = []
  const packages: string[] = []
  let first: { file: string; line: number; column: number } | undefined
  for (const line of rawStack.split('\n')) {
    const match = FRAME.exec(line)
    if (!match || !isBundle(match[2]!, artifact)) continue
    const { source, line: at, column } = originalPositionFor(traceMap(artifact), { line: Number(match[3]), column: Number(match[4]) - 1 })
    if (source === null || /^tspark[\w-]*:/.test(source)) continue
    const place = `${source}:${at}:${column + 1}`
    const name = match[1]?.replace(/^(Object|Module|async)\.?\s*/, '')
    const frame = name && !/^(Array|Object)\.|<anonymous>|^\d+$/.test(name) ? `at ${name} (${place})` : `at ${place}`
    const isPackage = /(^|\/)node_modules\//.test(source)
    ;(isPackage ? packages : own).push(frame)
    if (!isPackage) first ??= { file: source, line: at, column: column + 1 }
  }
  const frames = [...own, ...packages]
  if (!first) return { frames }
  const map = traceMap(artifact)
  const source = map.sourcesContent?.[map.sources.indexOf(first.file)]
  return { frames, location: `${first.file}:${first.line}:${first.column}`, codeFrame: source ? codeFrame(source, first.line, first.column) : undefined }
}

function isBundle(url: string, { bundlePath, hash }: Artifact): boolean {
  return url === bundlePath || url === pathToFileURL(bundlePath).href || url.endsWith(`/blobs/${hash}.mjs`) || url.endsWith(`/blobs/${hash}`)
}

function traceMap({ mapPath, hash }: Artifact): TraceMap {
  let map = maps.get(hash)
  if (!map) {
    map = new TraceMap(readFileSync(mapPath, 'utf8'))
    maps.set(hash, map)
  }
  return map
}
