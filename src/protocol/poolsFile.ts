import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import type { Setting } from './settingKinds.js'

const pool = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1)),
  schedulingMode: v.optional(v.picklist(['FIFO', 'FAIR']), 'FIFO'),
  weight: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
  minShare: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
})
const file = v.strictObject({ pools: v.array(pool) })
export type PoolsOfFile = v.InferOutput<typeof file>['pools']

/** The path of a file that describes the pools within an application; its value is what stands in the file. */
export function poolsFile(about: string): Setting<PoolsOfFile> {
  return { standard: [], shown: '', about, parse: readPools }
}

function readPools(path: string): PoolsOfFile {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Error(`${path} cannot be read as JSON: ${(error as Error).message}`)
  }
  const read = v.safeParse(file, content)
  if (read.success) return differentlyNamed(path, read.output.pools)
  const [issue] = read.issues
  const at = v.getDotPath(issue)
  throw new Error(`${path}${at === null ? '' : `, ${at}`}: ${issue.message}; it is {"pools":[{"name":"a","schedulingMode":"FAIR","weight":2,"minShare":1}]}`)
}

function differentlyNamed(path: string, pools: PoolsOfFile): PoolsOfFile {
  const places = new Map<string, number>()
  for (const [index, { name }] of pools.entries()) {
    const first = places.get(name)
    if (first !== undefined) throw new Error(`${path}, pools.${index}.name: pools.${first} is named ${name} already`)
    places.set(name, index)
  }
  return pools
}
