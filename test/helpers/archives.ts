import { crc32, gzipSync } from 'node:zlib'
import { Header } from 'tar'

const UNIX = 3 << 8

/** One entry of a made archive; a link has a target, a folder a name that ends with a slash. */
export interface Packed {
  readonly name: string
  readonly text?: string
  readonly link?: string
  /** the link is a hard one */
  readonly hard?: boolean
  readonly mode?: number
  /** the checksum is wrong */
  readonly damaged?: boolean
}

/** A zip with entries as they are, whatever their names are: no tool packs bad ones. */
export function zipOf(entries: readonly Packed[]): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  let offset = 0
  for (const { name, text = '', link, mode = 0o644, damaged } of entries) {
    const data = Buffer.from(link ?? text)
    const path = Buffer.from(name)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt32LE((crc32(data) ^ (damaged ? 1 : 0)) >>> 0, 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(data.length, 18)
    common.writeUInt16LE(path.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, path, data])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE((((link === undefined ? 0o100000 : 0o120000) | mode) << 16) >>> 0, 6)
    tail.writeUInt32LE(offset, 10)
    const made = Buffer.alloc(2)
    made.writeUInt16LE(UNIX, 0)
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), made, common, tail, path]))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(centrals)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...locals, directory, Buffer.from('PK\x05\x06', 'latin1'), end])
}

/** A tar, likewise. */
export function tarOf(entries: readonly Packed[]): Buffer {
  const blocks = entries.flatMap(({ name, text = '', link, hard, mode = 0o644 }) => {
    const data = Buffer.from(link === undefined ? text : '')
    const head = Buffer.alloc(512)
    const type = link === undefined ? (name.endsWith('/') ? 'Directory' : 'File') : hard ? 'Link' : 'SymbolicLink'
    new Header({ path: name, mode, size: data.length, type, linkpath: link, mtime: new Date(0) }).encode(head)
    return [head, data, Buffer.alloc((512 - (data.length % 512)) % 512)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

export const tarGzOf = (entries: readonly Packed[]): Buffer => gzipSync(tarOf(entries))
