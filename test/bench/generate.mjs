// Data for the benchmarks, the same bytes for the same arguments: node test/bench/generate.mjs <set>... [--scale 1]
// Sets: words words-small words-many logs records pairs points graph. They lie in $TSPARK_BENCH_DATA, else in the temp folder.
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const data = process.env.TSPARK_BENCH_DATA ?? join(tmpdir(), 'tspark-bench-data')
const scaleAt = process.argv.indexOf('--scale')
const scale = scaleAt < 0 ? 1 : Number(process.argv[scaleAt + 1])
const sets = process.argv.slice(2).filter((word, i, all) => word !== '--scale' && all[i - 1] !== '--scale')

/** mulberry32: small, seeded, the same everywhere. */
function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Draws 0..n-1 with weight 1/(rank+1). */
function zipf(n, next) {
  const upTo = new Float64Array(n)
  let total = 0
  for (let i = 0; i < n; i++) upTo[i] = total += 1 / (i + 1)
  return () => {
    const at = next() * total
    let low = 0
    let high = n - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (upTo[middle] < at) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Writes `rows` lines into `files` part files. */
function write(folder, files, rows, line) {
  const dir = join(data, folder)
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  for (let part = 0; part < files; part++) {
    const fd = openSync(join(dir, `part-${String(part).padStart(2, '0')}.txt`), 'w')
    let buffer = []
    const end = Math.floor((rows * (part + 1)) / files)
    for (let i = Math.floor((rows * part) / files); i < end; i++) {
      buffer.push(line(i))
      if (buffer.length === 10_000 || i === end - 1) {
        writeSync(fd, `${buffer.join('\n')}\n`)
        buffer = []
      }
    }
    closeSync(fd)
  }
  console.log(`${dir}: ${rows} lines in ${files} files`)
}

const word = (rank) => {
  const consonants = 'btdklmnrsvgpfh'
  let text = ''
  for (let n = rank + 1; n > 0; n = Math.floor(n / 70)) text += consonants[n % 14] + 'aeiou'[Math.floor(n / 14) % 5]
  return text
}

function words(folder, rows) {
  const next = random(1)
  const draw = zipf(200_000, next)
  const vocabulary = Array.from({ length: 200_000 }, (_, rank) => word(rank))
  write(folder, 8, rows, () => Array.from({ length: 10 }, () => vocabulary[draw()]).join(' '))
}

const two = (n) => String(n).padStart(2, '0')
const generators = {
  words: () => words('words', Math.round(19_000_000 * scale)),
  'words-small': () => words('words-small', Math.round(1_000_000 * scale)),
  // every word of 5 million once, and as many again at random
  'words-many': () => {
    const next = random(8)
    const vocabulary = Math.round(5_000_000 * scale)
    write('words-many', 8, vocabulary / 5, (i) =>
      Array.from({ length: 10 }, (_, at) => `word${at < 5 ? (i * 5 + at) * 7 : Math.floor(next() * vocabulary) * 7}`).join(' '),
    )
  },
  logs: () => {
    const next = random(2)
    const segment = zipf(20, next)
    const country = zipf(50, next)
    const statuses = [...Array(80).fill(200), ...Array(8).fill(304), ...Array(7).fill(404), 500, 500, 500, 502, 503]
    const user = () => `u${String(Math.floor(next() ** 2 * 100_000)).padStart(5, '0')}`
    write('logs', 8, Math.round(8_000_000 * scale), (i) => {
      const second = i % 86_400
      const time = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`
      return `10.${i % 256}.7.1 - ${user()} [22/Nov/2025:${time} +0000] "GET /s${segment()}/items/${Math.floor(next() * 1e6)} HTTP/1.1" ${statuses[Math.floor(next() * 100)]} ${200 + Math.floor(next() * 50_000)} "-" "Browser/1.0"`
    })
    write('users', 1, 100_000, (i) => `u${String(i).padStart(5, '0')},C${country()},free`)
  },
  records: () => {
    const next = random(3)
    const filler = 'x'.repeat(76)
    write('records', 8, Math.round(20_000_000 * scale), (i) => {
      let key = ''
      for (let k = 0; k < 10; k++) key += String.fromCharCode(32 + Math.floor(next() * 95))
      return `${key}  ${String(i).padStart(11, '0')}${filler}`
    })
  },
  pairs: () => {
    for (const [side, seed] of [
      ['a', 4],
      ['b', 5],
    ]) {
      const next = random(seed)
      const keys = Uint32Array.from({ length: Math.round(5_000_000 * scale) }, (_, i) => i)
      for (let i = keys.length - 1; i > 0; i--) {
        const j = Math.floor(next() * (i + 1))
        ;[keys[i], keys[j]] = [keys[j], keys[i]]
      }
      write(`pairs/${side}`, 4, keys.length, (i) => `${100_000_000 + keys[i] * 7}\t${Math.floor(next() * 1000)}`)
    }
  },
  points: () => {
    const next = random(6)
    const centres = Array.from({ length: 8 }, () => Array.from({ length: 10 }, () => 150 + Math.floor(next() * 700)))
    const eighth = (x) => Math.min(1023, Math.max(0, Math.floor(x * 8) / 8))
    write('points', 8, Math.round(5_000_000 * scale), () =>
      centres[Math.floor(next() * 8)].map((c) => eighth(c + (next() + next() + next() + next() - 2) * 220)).join(','),
    )
    const folder = join(data, 'centres')
    mkdirSync(folder, { recursive: true })
    const fd = openSync(join(folder, 'centres.csv'), 'w')
    for (const [k, centre] of centres.entries()) writeSync(fd, `${centre.map((v, i) => eighth((v + centres[(k + 1) % 8][i]) / 2)).join(',')}\n`)
    closeSync(fd)
  },
  graph: () => {
    const next = random(7)
    const nodes = Math.round(1_000_000 * scale)
    // a ring gives every node an edge in and one out; the other targets are skewed
    write('graph', 8, nodes * 10, (i) =>
      i % 10 === 0 ? `${i / 10} ${(i / 10 + 1) % nodes}` : `${Math.floor(next() * nodes)} ${Math.floor(next() ** 3 * nodes)}`,
    )
  },
}

if (sets.length === 0 || sets.some((set) => !(set in generators))) {
  console.error(`usage: node generate.mjs <${Object.keys(generators).join('|')}>... [--scale 1]`)
  process.exit(2)
}
for (const set of sets) generators[set]()
