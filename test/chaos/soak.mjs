// Jobs with known answers on real daemons while executors, workers and the master are killed, and workers stopped:
//   node test/chaos/soak.mjs [--seed 1] [--kills 500] [--every 2000] [--workers 3]
// The same seed gives the same choices. Ends with 1 if an answer is wrong, a run hangs or fails, or anything is left behind.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../bin/tspark', import.meta.url))
const JOBS = fileURLToPath(new URL('./jobs/', import.meta.url))
const ANSWERS = {
  wordCount: 'words 1000, wrong 0',
  join: 'pairs 360000, sum 10800000',
  sort: 'count 200000, chained true',
  pageRank: 'nodes 20000, far 0',
  cached: 'right 10 of 10',
  save: 'parts 10, lines 100000, different 100000, success true',
}
/** A run that takes longer is left in peace; if it does not end then it hangs. */
const PEACE_AFTER_MS = 45_000
const HANG_MS = 120_000
/** 'stop': a worker, but by SIGTERM; it hands over what it holds */
const TARGETS = ['executor', 'executor', 'executor', 'worker', 'worker', 'stop', 'stop', 'master']

const option = (name, standard) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? standard : Number(process.argv[at + 1])
}
const [seed, wanted, every, workers] = [option('seed', 1), option('kills', 500), option('every', 2000), option('workers', 3)]

let state = seed >>> 0
/** mulberry32 */
function random() {
  state = (state + 0x6d2b79f5) >>> 0
  let t = Math.imul(state ^ (state >>> 15), state | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

const root = mkdtempSync(join(tmpdir(), 'tspark-soak-'))
const folder = (name) => {
  mkdirSync(join(root, name), { mode: 0o700 })
  return join(root, name)
}
const tmp = folder('tmp')
const env = {
  PATH: process.env.PATH,
  HOME: folder('home'),
  TMPDIR: tmp,
  XDG_STATE_HOME: folder('state'),
  XDG_CONFIG_HOME: folder('config'),
  XDG_CACHE_HOME: folder('cache'),
}
const problems = []
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** A daemon that is started again when it ends, until `stop`. */
class Daemon {
  stopping = false
  starts = 0

  constructor(name, args) {
    this.name = name
    this.args = args
    this.#start()
  }

  #start() {
    this.starts++
    this.mayEnd = false
    this.child = spawn(process.execPath, [PROGRAM, ...this.args], { env, cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    this.ready = new Promise((resolve) => this.child.stdout.once('data', resolve))
    this.log = ''
    this.child.stderr.on('data', (text) => (this.log = (this.log + text).slice(-4000)))
    this.ended = new Promise((resolve) => this.child.once('exit', resolve)).then((code) => {
      if (this.stopping) return code
      if (code !== null && !(this.mayEnd && code === 0)) problems.push(`${this.name} ended by itself with ${code}: ${this.log.slice(-500)}`)
      this.#start()
      return code
    })
  }

  async stop() {
    this.stopping = true
    const { ended } = this
    this.child.kill('SIGTERM')
    await Promise.race([ended, sleep(12_000).then(() => problems.push(`${this.name} did not end within 12 s: ${this.log.slice(-1500)}`))])
  }
}

/** Processes of this soak: all have its temporary folder in their environment. */
function processes(word = '') {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`TMPDIR=${tmp}`) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(word)
      } catch {
        return false
      }
    })
    .map(Number)
}

const port = await freePort()
const url = `tspark://127.0.0.1:${port}`
const master = new Daemon('the master', ['start-master', '--port', String(port)])
await master.ready
const pool = Array.from({ length: workers }, (_, i) => new Daemon(`worker ${i}`, ['start-worker', url, '--cores', '2', '--memory', '1g']))
await Promise.all(pool.map((worker) => worker.ready))

let runStarted = performance.now()
const counted = { kills: 0, executor: 0, worker: 0, stop: 0, master: 0, runs: 0, failedAttempts: 0, lostExecutors: 0, tasks: 0 }

function killOne() {
  const target = TARGETS[Math.floor(random() * TARGETS.length)]
  const pick = random()
  if (target === 'executor') {
    const pids = processes('executorMain').toSorted((a, b) => a - b)
    const pid = pids[Math.floor(pick * pids.length)]
    if (pid === undefined) return
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      return
    }
  } else {
    const daemon = target === 'master' ? master : pool[Math.floor(pick * pool.length)]
    if (daemon.child.exitCode !== null || daemon.child.signalCode !== null || (target === 'stop' && daemon.mayEnd)) return
    daemon.mayEnd ||= target === 'stop'
    daemon.child.kill(target === 'stop' ? 'SIGTERM' : 'SIGKILL')
  }
  counted.kills++
  counted[target]++
}

/** Runs a job; gives its seconds and tasks. */
async function run(name) {
  runStarted = performance.now()
  const output = join(root, `saved-${counted.runs++}`)
  const started = performance.now()
  const child = spawn(process.execPath, [PROGRAM, 'submit', '--json', '--master', url, '--num-executors', '2', join(JOBS, `${name}.ts`), output], {
    env,
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (text) => (stdout += text))
  child.stderr.on('data', (text) => (stderr += text))
  const hang = setTimeout(() => {
    problems.push(
      `${name} hangs: ${stdout.slice(-3000)}\n${stderr.slice(-1000)}\nmaster: ${master.log.slice(-1500)}\n${pool.map((worker) => `${worker.name}: ${worker.log.slice(-1500)}`).join('\n')}`,
    )
    child.kill('SIGKILL')
  }, HANG_MS)
  const code = await new Promise((resolve) => child.once('close', resolve))
  clearTimeout(hang)
  const seconds = (performance.now() - started) / 1000
  const events = stdout
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line)]
      } catch {
        return []
      }
    })
  const of = (type) => events.filter((event) => event.type === type)
  const answer = of('stdout').at(-1)?.line
  if (code !== 0 || answer !== ANSWERS[name]) {
    problems.push(
      `${name} (run ${counted.runs}) gave ${answer} and ended with ${code}: ${JSON.stringify(of('job.finished').at(-1)?.error)} ${stderr.slice(-600)}`,
    )
  }
  counted.failedAttempts += of('task.failed').length
  counted.lostExecutors += of('executor.removed').length
  const tasks = of('stage.ended').reduce((sum, stage) => sum + stage.tasks, 0)
  rmSync(output, { recursive: true, force: true })
  return { seconds, tasks }
}

const names = Object.keys(ANSWERS)
const calm = {}
for (const name of names) calm[name] = await run(name)

const totals = { seconds: 0, calmSeconds: 0, tasks: 0, calmTasks: 0 }
let done = false
const killing = (async () => {
  while (!done && counted.kills < wanted) {
    await sleep(every * (0.5 + random()))
    if (!done && performance.now() - runStarted < PEACE_AFTER_MS) killOne()
  }
})()
for (let turn = 0; counted.kills < wanted && problems.length < 5; turn++) {
  const name = names[turn % names.length]
  const { seconds, tasks } = await run(name)
  totals.seconds += seconds
  totals.calmSeconds += calm[name].seconds
  totals.tasks += tasks
  totals.calmTasks += calm[name].tasks
}
done = true
await killing

for (const worker of pool) await worker.stop()
await master.stop()
const deadline = performance.now() + 30_000
while (processes().length > 0 && performance.now() < deadline) await sleep(100)
for (const pid of processes()) {
  problems.push(`process ${pid} is left: ${readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')}`)
  process.kill(pid, 'SIGKILL')
}
const left = readdirSync(tmp)
if (left.length > 0) problems.push(`left in TMPDIR: ${left.join(' ')}`)
if (readdirSync(root).some((name) => name.startsWith('saved') || name.startsWith('.saved'))) problems.push('an output or its staging folder is left')
if (existsSync(root)) rmSync(root, { recursive: true, force: true })

console.log(
  `${counted.kills} kills (${counted.executor} executors, ${counted.worker} workers, ${counted.stop} stopped, ${counted.master} masters), ${counted.runs} runs, ` +
    `${counted.lostExecutors} executors lost, ${counted.failedAttempts} failed attempts, ` +
    `${totals.tasks - totals.calmTasks} tasks run again, ${(totals.seconds / Math.max(1, totals.calmSeconds)).toFixed(1)} times slower than without kills`,
)
for (const problem of problems) console.log(`PROBLEM: ${problem}`)
process.exitCode = problems.length > 0 ? 1 : 0
