// What the plain programs share: lines of a folder, and the line that the bench runner reads.
import { createReadStream, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 as crc } from 'node:zlib'

export const crc32 = (text) => crc(text)

/** Calls `take` with arrays of whole lines of a file, or of a folder's part files in the order of their names. */
export async function forLines(path, take) {
  const files = statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.startsWith('part-'))
        .sort()
        .map((name) => join(path, name))
    : [path]
  for (const file of files) {
    let tail = ''
    for await (const text of createReadStream(file, { encoding: 'utf8', highWaterMark: 2 ** 20 })) {
      const lines = (tail + text).split('\n')
      tail = lines.pop()
      take(lines)
    }
    if (tail) take([tail])
  }
}

export async function report(workload, job) {
  const start = performance.now()
  const answer = await job()
  console.log(JSON.stringify({ workload, answer, jobSeconds: Math.round(performance.now() - start) / 1000 }))
}
