// A real master with many connected workers: what their heartbeats cost it, and what a submit costs beside an empty master's.
//   node esbuild.config.mjs && node test/bench/masterLoad.mjs [workers, 2000]
// The workers are stubs of one core that only register and beat every second; the job runs on one real worker of two cores.
// Submits to the two masters take turns, so that both see the same machine.
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
const PAIRS = 11
const BEATS_MS = 20_000
const TICKS_PER_SECOND = 100
const program = fileURLToPath(new URL('../../bin/tspark', import.meta.url))
const job = fileURLToPath(new URL('../fixtures/jobs/hello.ts', import.meta.url))
const version = /\d+/.exec(readFileSync(new URL('../../src/protocol/version.ts', import.meta.url), 'utf8').split('PROTOCOL_VERSION')[1])[0]

const root = mkdtempSync(join(tmpdir(), 'tspark-load-'))
/** daemons, the last started first */
const daemons = []

function start(env, ...args) {
  return spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', process.env.LOAD_STDERR ? 'inherit' : 'ignore'] })
}

function daemon(env, ...args) {
  const child = start(env, ...args)
  daemons.unshift(child)
  return child
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

async function submitSeconds({ url, env }) {
  const since = performance.now()
  const [code] = await once(start(env, 'submit', '--quiet', '--master', url, '--executor-cores', '2', job), 'close')
  if (code !== 0) throw new Error(`submit ended with ${code}`)
  return (performance.now() - since) / 1000
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}

/** A master with one worker of two cores, in folders of their own. */
async function cluster(name) {
  const folder = (part) => {
    const path = join(root, name, part)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return path
  }
  const env = {
    PATH: process.env.PATH,
    HOME: folder('home'),
    TMPDIR: folder('tmp'),
    XDG_CONFIG_HOME: folder('config'),
    XDG_STATE_HOME: folder('state'),
    XDG_CACHE_HOME: folder('cache'),
  }
  const master = daemon(env, 'start-master', '--port', '0')
  const url = await firstLine(master)
  await firstLine(daemon(env, 'start-worker', url, '--cores', '2', '--memory', '2g'))
  const token = readFileSync(join(env.XDG_CONFIG_HOME, 'tspark/token'), 'utf8').trim()
  return { url, token, env, pid: master.pid }
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

const stubs = []
try {
  const empty = await cluster('empty')
  const full = await cluster('full')
  const since = performance.now()
  for (let i = 0; i < WORKERS; i += 100) {
    stubs.push(...(await Promise.all(Array.from({ length: Math.min(100, WORKERS - i) }, (_, k) => stub(full.url, full.token, i + k)))))
  }
  console.log(`${WORKERS} workers registered in ${((performance.now() - since) / 1000).toFixed(1)} s`)
  console.log(`heartbeats: ${((await cpuShare(full.pid)) * 100).toFixed(1)} % of a core (at most 15)`)
  const seconds = { empty: [], full: [] }
  // the first of each builds the job
  for (const each of [empty, full]) await submitSeconds(each)
  const before = [cpu(empty.pid), cpu(full.pid), performance.now()]
  for (let pair = 0; pair < PAIRS; pair++) {
    seconds.empty.push(await submitSeconds(empty))
    seconds.full.push(await submitSeconds(full))
  }
  const ratio = median(seconds.full) / median(seconds.empty)
  console.log(
    `submit: ${median(seconds.empty).toFixed(3)} s to an empty master, ${median(seconds.full).toFixed(3)} s beside ${WORKERS} workers (medians of ${PAIRS})`,
  )
  console.log(`that is ${ratio.toFixed(2)} times (at most 1.3)`)
  const shares = [empty, full].map(({ pid }, i) => ((cpu(pid) - before[i]) * 1000) / PAIRS)
  console.log(
    `CPU of the master for each submit: ${shares.map((ms) => `${ms.toFixed(0)} ms`).join(' empty, ')} with ${WORKERS} workers, their heartbeats meanwhile included`,
  )
} finally {
  for (const { socket, timer } of stubs) {
    clearInterval(timer)
    socket.terminate()
  }
  for (const child of daemons) {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'close')
  }
  rmSync(root, { recursive: true, force: true })
}
