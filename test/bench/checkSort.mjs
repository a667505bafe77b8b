// node checkSort.mjs <input folder> <output folder>: whether the output is the input in the order of its first ten characters.
import { openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

/** The lines of all part files, as bytes. */
function* lines(folder) {
  const chunk = Buffer.alloc(4 << 20)
  for (const name of readdirSync(folder)
    .filter((each) => each.startsWith('part-'))
    .sort()) {
    const fd = openSync(join(folder, name))
    let rest = Buffer.alloc(0)
    for (let read = readSync(fd, chunk); read > 0; read = readSync(fd, chunk)) {
      const bytes = Buffer.concat([rest, chunk.subarray(0, read)])
      let from = 0
      for (let end = bytes.indexOf(10, from); end >= 0; end = bytes.indexOf(10, from)) {
        yield bytes.subarray(from, end)
        from = end + 1
      }
      rest = Buffer.from(bytes.subarray(from))
    }
    if (rest.length > 0) throw new Error(`${name} has no end of line at its end`)
  }
}

const [input, output] = process.argv.slice(2)
// sums stay whole numbers
const MOST = 2 ** 48
let [rows, sum] = [0, 0]
for (const line of lines(input)) {
  rows++
  sum = (sum + crc32(line)) % MOST
}
let last = ''
for (const line of lines(output)) {
  rows--
  sum = (sum - crc32(line) + MOST) % MOST
  const key = line.latin1Slice(0, 10)
  if (key < last) throw new Error(`not in order: ${JSON.stringify(last)} before ${JSON.stringify(key)}`)
  last = key
}
if (rows !== 0 || sum !== 0) throw new Error(`not the input's lines: ${rows} rows and a checksum of ${sum} are missing`)
console.log('in order, and the lines of the input')
