// A stand-in for an executor's program: tells of each task that it gave its partition, but garbles as many of its messages as the job wants.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { decode, encode } from '@msgpack/msgpack'

let seed = 0
let results
const random = (below) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}
/** by stage: of how many messages one is garbled; 0: none */
const everyOf = new Map()

const SAMPLES = [
  { type: 'ready', pid: 1, slots: 2, storageMemory: 1, zstd: false },
  { type: 'uncached', blocks: [{ rddId: 1, partition: 2 }] },
  { type: 'replicated', rddId: 1, partition: 2, stored: { bytes: 3, onDisk: true } },
  { type: 'heartbeat', rss: 1, running: [0, 1, 2 ** 40], records: [1] },
  { type: 'commitRequest', taskId: 2 ** 30, stageId: 0, partition: 0, attempt: 0 },
  { type: 'barrierSync', taskId: 3, epoch: 9, call: 'barrier', message: '' },
  { type: 'console', stream: 'stderr', lines: [{ taskId: 77, text: 'hello' }] },
  { type: 'movedToDisk', blocks: [] },
]

/** With its checksum, as the driver expects it. */
function sealed(bytes) {
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(bytes))
  return Buffer.concat([bytes, checksum])
}

function say(message) {
  process.send({ type: 'toDriver', data: sealed(encode(message, { ignoreUndefined: true })) })
}

function sayGarbled(message) {
  const bytes = encode(message, { ignoreUndefined: true })
  const frame =
    random(8) === 0 ? Uint8Array.from({ length: random(300) }, () => random(256)) : bytes.slice(0, random(8) === 0 ? random(bytes.length) : bytes.length)
  for (let changes = random(4); changes > 0 && frame.length > 0; changes--) frame[random(frame.length)] = random(256)
  // what the way has done to it shows in its checksum, what its sender has done does not
  process.send({ type: 'toDriver', data: random(8) === 0 ? frame : sealed(frame) })
}

function endOf({ taskId, stageId, partition, attempt }) {
  const result = everyOf.get(stageId).shuffle ? undefined : encode({ partition })
  const mapOutput = result === undefined ? { sizes: new Uint8Array(2), records: 1, bytes: 10, checksum: 'c' } : undefined
  const { large } = everyOf.get(stageId)
  const accumulators = [{ id: 1, update: encode(large && attempt === 0 ? 2 : 1) }]
  const cached = [{ rddId: 7, partition, bytes: 1, level: { useDisk: false, useMemory: true, deserialized: true, replication: 2 } }]
  const end = { kind: 'Success', ...(result === undefined ? { mapOutput } : large ? { resultBlock: written(taskId, result) } : { result }) }
  return { type: 'tasksEnded', tasks: [{ taskId, end, metrics: { runTime: 1 }, accumulators, cached }] }
}

/** A result as a file, as large ones are. */
function written(taskId, bytes) {
  const name = `${taskId}-${crc32(bytes).toString(16)}`
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, name), bytes)
  return { name, size: bytes.byteLength }
}

process.on('disconnect', () => process.exit(0))
process.on('message', (message) => {
  if (message.type === 'init') {
    seed = Number(message.executorId) + 1
    results = join(message.appDirs[0], 'results')
    process.send({ type: 'ready' })
  }
  if (message.type !== 'fromDriver') return
  const order = decode(message.data.subarray(0, -4))
  if (order.type === 'setup') say(SAMPLES[0])
  else if (order.type === 'stage')
    everyOf.set(order.stageId, { every: Number(order.properties.garbleEvery), shuffle: order.program[0] === 1, large: order.properties.large === '1' })
  else if (order.type === 'replicate') say({ type: 'replicated', rddId: order.rddId, partition: order.partition, stored: { bytes: 1, onDisk: false } })
  else if (order.type === 'kill') for (const taskId of order.taskIds) say({ type: 'heartbeat', rss: taskId, running: [], records: [] })
  else if (order.type === 'run') {
    for (const task of order.tasks) {
      const { every } = everyOf.get(task.stageId)
      const garbles = every > 0 && random(every) === 0
      const another = random(3) === 0
      if (garbles) sayGarbled(another ? SAMPLES[random(SAMPLES.length)] : endOf(task))
      // an end that nobody tells would be waited for
      if (!garbles || another) say(endOf(task))
    }
  }
})
