// A real master with many connected workers: what their heartbeats cost it, and what a submit costs beside them.
//   node esbuild.config.mjs && node test/bench/masterLoad.mjs [workers, 2000]
// The workers are stubs of one core that only register and beat every second; the job runs on one real worker of two cores.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { encode } from '@msgpack/msgpack'
import { WebSocket } from 'ws'

const WORKERS = Number(process.argv[2] ?? 2_000)
const SUBMITS = 11
const BEATS_MS = 20_000
const TICKS_PER_SECOND = 100
const program = fileURLToPath(new URL('../../bin/tspark', import.meta.url))
const job = fileURLToPath(new URL('../fixtures/jobs/hello.ts', import.meta.url))
const version = /\d+/.exec(readFileSync(new URL('../../src/protocol/version.ts', import.meta.url), 'utf8').split('PROTOCOL_VERSION')[1])[0]

const root = mkdtempSync(join(tmpdir(), 'tspark-load-'))
const folder = (name) => {
  mkdirSync(join(root, name), { mode: 0o700 })
  return join(root, name)
}
const env = {
  PATH: process.env.PATH,
  HOME: folder('home'),
  TMPDIR: folder('tmp'),
  XDG_CONFIG_HOME: folder('config'),
  XDG_STATE_HOME: folder('state'),
  XDG_CACHE_HOME: folder('cache'),
}

function start(...args) {
  return spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', process.env.LOAD_STDERR ? 'inherit' : 'ignore'] })
}

async function firstLine(child) {
  const [data] = await once(child.stdout, 'data')
  return data.toString().split('\n')[0]
}

/** CPU seconds of a process so far. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

async function cpuShare(pid) {
  const [before, since] = [cpu(pid), performance.now()]
  await sleep(BEATS_MS)
  return ((cpu(pid) - before) / (performance.now() - since)) * 1000
}

async function submitSeconds(url) {
  const times = []
  for (let i = 0; i < SUBMITS; i++) {
    const since = performance.now()
    const [code] = await once(start('submit', '--quiet', '--master', url, '--executor-cores', '2', job), 'close')
    if (code !== 0) throw new Error(`submit ended with ${code}`)
    times.push((performance.now() - since) / 1000)
  }
  return times.sort((a, b) => a - b)[Math.floor(SUBMITS / 2)]
}

async function stub(url, token, i) {
  const headers = { authorization: `Bearer ${token}`, 'x-tspark-role': 'worker', 'x-tspark-protocol': version }
  const socket = new WebSocket(url.replace('tspark:', 'ws:'), { headers, perMessageDeflate: false })
  await once(socket, 'open')
  const workerId = `stub-${i}`
  const worker = { workerId, host: '127.0.0.1', port: 1, cores: 1, memory: 2 ** 30, hostId: 'stub', scratchDirs: [`/nowhere/${i}`] }
  socket.send(encode({ type: 'registerWorker', worker, executors: [] }))
  await once(socket, 'message')
  const beat = encode({ type: 'heartbeat', workerId })
  await sleep(Math.random() * 1_000)
  return { socket, timer: setInterval(() => socket.send(beat), 1_000) }
}

const master = start('start-master', '--port', '0')
const stubs = []
let worker
try {
  const url = await firstLine(master)
  const token = readFileSync(join(env.XDG_CONFIG_HOME, 'tspark/token'), 'utf8').trim()
  worker = start('start-worker', url, '--cores', '2', '--memory', '2g')
  await firstLine(worker)
  await submitSeconds(url)
  const alone = await submitSeconds(url)
  console.log(`submit beside 1 worker: ${alone.toFixed(3)} s (median of ${SUBMITS})`)
  const since = performance.now()
  for (let i = 0; i < WORKERS; i += 100) {
    stubs.push(...(await Promise.all(Array.from({ length: Math.min(100, WORKERS - i) }, (_, k) => stub(url, token, i + k)))))
  }
  console.log(`${WORKERS} workers registered in ${((performance.now() - since) / 1000).toFixed(1)} s`)
  console.log(`heartbeats: ${((await cpuShare(master.pid)) * 100).toFixed(1)} % of a core (at most 15)`)
  const beside = await submitSeconds(url)
  console.log(`submit beside ${WORKERS} workers: ${beside.toFixed(3)} s, ${(beside / alone).toFixed(2)} times (at most 1.3)`)
} finally {
  for (const { socket, timer } of stubs) {
    clearInterval(timer)
    socket.terminate()
  }
  for (const child of [worker, master]) {
    child?.kill('SIGTERM')
    if (child && child.exitCode === null) await once(child, 'close')
  }
  rmSync(root, { recursive: true, force: true })
}
