import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import yauzl, { type Entry } from 'yauzl'

const UNIX = 3
const TYPE_BITS = 0o170000
const SYMBOLIC_LINK = 0o120000

/** Unpacks a .zip or .jar into a folder; names that lead out of it are refused by yauzl, links here. */
export async function unzip(path: string, folder: string): Promise<void> {
  const zip = await yauzl.openPromise(path, { lazyEntries: true })
  for await (const entry of zip.eachEntry()) {
    const target = join(folder, entry.fileName)
    const mode = modeOf(entry)
    if ((mode & TYPE_BITS) === SYMBOLIC_LINK) throw new Error(`${entry.fileName} is a symbolic link; a .tar.gz may have them`)
    if (entry.isEncrypted()) throw new Error(`${entry.fileName} is encrypted`)
    mkdirSync(entry.fileName.endsWith('/') ? target : dirname(target), { recursive: true })
    if (entry.fileName.endsWith('/')) continue
    const executable = mode & 0o111
    await pipeline(await zip.openReadStreamPromise(entry), checked(entry), createWriteStream(target, { mode: 0o600 | executable }))
  }
}

function modeOf({ versionMadeBy, externalFileAttributes }: Entry): number {
  return versionMadeBy >>> 8 === UNIX ? externalFileAttributes >>> 16 : 0
}

function checked(entry: Entry): Transform {
  let sum = 0
  return new Transform({
    transform(chunk: Buffer, _, done) {
      sum = crc32(chunk, sum)
      done(null, chunk)
    },
    flush: (done) => done(sum === entry.crc32 ? null : new Error(`${entry.fileName} is damaged (checksum)`)),
  })
}
