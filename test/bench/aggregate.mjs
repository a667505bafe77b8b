// Combine, write, read and sort in one thread, without a cluster: node test/bench/aggregate.mjs [million words, default 2]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const src = fileURLToPath(new URL('../../src/', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'tspark-bench-'))
const entry = [
  'plan/hashKey',
  'plan/keyOrder',
  'plan/nonNegativeMod',
  'shuffle/createAggregator',
  'shuffle/createShuffleReader',
  'shuffle/createShuffleWriter',
  'shuffle/createSorter',
  'storage/memoryBudget',
]
const contents = entry.map((name) => `export * from './${name}.js'`).join('\n')
const outfile = join(dir, 'rooms.mjs')
await build({ stdin: { contents, resolveDir: src }, bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'error' })
const { createAggregator, createShuffleReader, createShuffleWriter, createSorter, hashKey, keyOrder, MemoryBudget, nonNegativeMod } = await import(
  pathToFileURL(outfile).href
)

const WORDS = Number(process.argv[2] ?? 2) * 1e6
const DISTINCT = 200_000
const REDUCERS = 8
const text = zipfText()
const metrics = new Proxy({}, { get: (target, name) => target[name] ?? 0 })
const options = { budget: MemoryBudget.create(1 << 30), spillDir: dir, metrics }
const add = (a, b) => a + b
const sum = { create: (value) => value, mergeValue: add, mergeCombiners: add }
const spec = { shuffleId: 0, numReducers: REDUCERS, partition: (key) => nonNegativeMod(hashKey(key), REDUCERS) }
let attemptId = 0

const programs = {
  'split alone': () => eachWord(() => {}),
  'split, Map': () => {
    const counts = new Map()
    eachWord((word) => counts.set(word, (counts.get(word) ?? 0) + 1))
  },
  'split, aggregator': () => {
    const aggregator = createAggregator({ combiner: sum, ...options })
    eachBatch((pairs) => aggregator.insert(pairs))
    drain(aggregator.finish())
  },
  'split, combining writer': () => write({ ...spec, combiner: sum }),
  'split, plain writer': () => write(spec),
  'plain reader': () => drain(reader()),
  'plain reader, aggregator': () => {
    const aggregator = createAggregator({ combiner: sum, ...options })
    const source = reader()
    for (let pairs = source.nextPairs(); pairs; pairs = source.nextPairs()) aggregator.merge(pairs)
    source.close()
    drain(aggregator.finish())
  },
  'plain reader, sorter': () => {
    const sorter = createSorter({ compare: keyOrder(undefined, true), ...options })
    const source = reader()
    for (let pairs = source.nextPairs(); pairs; pairs = source.nextPairs()) sorter.insert(pairs)
    source.close()
    drain(sorter.finish())
  },
}

const best = Object.fromEntries(Object.keys(programs).map((name) => [name, Number.POSITIVE_INFINITY]))
for (let round = 0; round < 5; round++) {
  for (const [name, program] of Object.entries(programs)) {
    const started = performance.now()
    program()
    best[name] = Math.min(best[name], performance.now() - started)
  }
}
for (const [name, ms] of Object.entries(best)) console.log(`${name.padEnd(26)}${((ms * 1e6) / WORDS).toFixed(0).padStart(6)} ns a word`)
rmSync(dir, { recursive: true })

function write(writeSpec) {
  const writer = createShuffleWriter({ ...options, dir, mapIndex: 0, attemptId: ++attemptId, spec: writeSpec })
  eachBatch((pairs) => writer.write(pairs))
  writer.commit()
}

function reader() {
  const locations = [{ mapIndex: 0, attemptId, workerId: 'here' }]
  return createShuffleReader({
    spec: { shuffleId: 0, from: 0, to: REDUCERS },
    numMaps: locations.length,
    locations,
    appId: '',
    appSecretHex: '',
    workers: [],
    localDirsOf: () => [dir],
    metrics,
  })
}

function drain(source) {
  while (source.next());
  source.close()
}

/** Words as they come from a file: cut out of pieces of 64 KiB, line by line. */
function eachWord(fn) {
  for (let at = 0; at < text.length; ) {
    const end = at + 65536 < text.length ? text.lastIndexOf(10, at + 65536) + 1 : text.length
    for (const line of text.latin1Slice(at, end).split('\n')) if (line) for (const word of line.split(' ')) fn(word)
    at = end
  }
}

/** The same as columns of pairs, each word with 1. */
function eachBatch(fn) {
  let [keys, values] = [[], []]
  const flush = () => {
    fn({ keys, values })
    ;[keys, values] = [[], []]
  }
  eachWord((word) => {
    values.push(1)
    if (keys.push(word) === 1024) flush()
  })
  if (keys.length > 0) flush()
}

function zipfText() {
  let seed = 42
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0
    return (seed >>> 0) / 2 ** 32
  }
  const cumulative = new Float64Array(DISTINCT)
  for (let rank = 0, total = 0; rank < DISTINCT; rank++) cumulative[rank] = total += 1 / (rank + 1)
  const parts = []
  for (let i = 0; i < WORDS; i++) {
    const wanted = random() * cumulative[DISTINCT - 1]
    let [low, high] = [0, DISTINCT - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (cumulative[middle] < wanted) low = middle + 1
      else high = middle
    }
    parts.push(`w${((low * 7919) % 1000003).toString(36)}${i % 10 === 9 ? '\n' : ' '}`)
  }
  return Buffer.from(parts.join(''))
}
