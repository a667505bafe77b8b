// Frames of several kinds, compressed and read back, in one thread: node test/bench/compress.mjs [records a frame, default 1024]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const src = fileURLToPath(new URL('../../src/', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'tspark-bench-'))
const outfile = join(dir, 'rooms.mjs')
const contents = ['blockCompressor', 'frame'].map((name) => `export * from './shuffle/${name}.js'`).join('\n')
const banner = { js: `import{createRequire as $from}from"node:module";const require=$from(${JSON.stringify(import.meta.url)});` }
await build({
  stdin: { contents, resolveDir: src },
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile,
  logLevel: 'error',
  banner,
  external: ['lz4-wasm-nodejs'],
})
const { BlockCompressor, decodeBatch, encodeBatch, encodePairs } = await import(pathToFileURL(outfile).href)

const RECORDS = Number(process.argv[2] ?? 1024)
const FRAMES = Math.ceil(2e5 / RECORDS)
const AT_LEAST = 0.4

let seed = 12345
const random = () => {
  seed ^= seed << 13
  seed ^= seed >>> 17
  seed ^= seed << 5
  return (seed >>> 0) / 2 ** 32
}
const below = (limit) => Math.floor(random() * limit)
const list = (make) => Array.from({ length: RECORDS }, (_, i) => make(i))
const characters = (length) => Array.from({ length }, () => String.fromCharCode(32 + below(95))).join('')
const line = (i) =>
  `2026-03-${String(1 + (i % 28)).padStart(2, '0')}T12:11:${below(60)} host${below(50)} GET /products/${below(1e4)}?user=${below(1e5)} 200 ${below(1e5)}`
const words = () => [list(() => `w${Math.floor(200_000 * random() ** 3).toString(36)}`), list(() => 1 + Math.floor(random() ** 8 * 1000))]
/** the keys and values, or the records, of a frame */
const kinds = {
  'words with counts': words,
  'lines of a log': () => [list(line)],
  'integers with integers': () => [list(() => below(5e6)), list(() => below(1000))],
  'integers with doubles': () => [list(() => below(1e6)), list(random)],
  'random keys with 90 bytes': () => [list(() => characters(10)), list((i) => String(i).padStart(42, '0') + 'ABCDEFGHIJKLMNOP'.repeat(3))],
}
const encode = (columns, zip) => (columns.length === 1 ? encodeBatch(columns[0], zip) : encodePairs(...columns, zip))

const cpu = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
const sizeOf = (frames) => frames.reduce((sum, { byteLength }) => sum + byteLength, 0)
/** CPU seconds of one go. */
const timed = (work) => {
  work()
  const begun = cpu()
  let times = 0
  while (cpu() - begun < AT_LEAST) {
    work()
    times++
  }
  return (cpu() - begun) / times
}

console.log(`Node ${process.versions.node}, ${RECORDS} records a frame; CPU seconds for a GB of raw frames`)
console.log('| records | codec | bytes a frame | ratio | write | read |\n| --- | --- | --- | --- | --- | --- |')
for (const [kind, make] of Object.entries(kinds)) {
  const batches = Array.from({ length: FRAMES }, make)
  const raw = sizeOf(batches.map((columns) => encode(columns)))
  for (const codec of [undefined, 'lz4', ...(process.versions.node >= '22.15' ? ['zstd'] : [])]) {
    const write = () => {
      const zip = BlockCompressor.of(codec)
      return batches.map((columns) => encode(columns, zip))
    }
    const frames = write()
    const perGb = (seconds) => ((seconds / raw) * 1e9).toFixed(1)
    const [writing, reading] = [timed(write), timed(() => frames.forEach((frame) => void decodeBatch(frame, 0)))].map(perGb)
    console.log(`| ${kind} | ${codec ?? 'none'} | ${Math.round(sizeOf(frames) / FRAMES)} | ${(raw / sizeOf(frames)).toFixed(2)} | ${writing} | ${reading} |`)
  }
}
rmSync(dir, { recursive: true })
