// Times whole commands against their peers, in turn, and prints medians and ratios:
//   node test/bench/bench.mjs <workload> [-n 3] [--peer plain] [--peer 'name=command…'] [--master 'local[2]'] [-- tspark options]
// Workloads: range wordcount-small wordcount wordcount-many logs sort groupjoin kmeans pagerank empty-10k empty-100k
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const data = process.env.TSPARK_BENCH_DATA ?? join(tmpdir(), 'tspark-bench-data')
const out = join(data, 'out-tspark')
const workloads = {
  range: { job: 'range', args: [], plain: ['-e', '0'] },
  'wordcount-small': { job: 'wordcount', args: [`${data}/words-small`], plain: ['wordcount.mjs', `${data}/words-small`] },
  wordcount: { job: 'wordcount', args: [`${data}/words`], plain: ['wordcount.mjs', `${data}/words`] },
  'wordcount-many': { job: 'wordcount', args: [`${data}/words-many`, 'wordcount-many'], plain: ['wordcount.mjs', `${data}/words-many`] },
  logs: { job: 'logs', args: [data], plain: ['logs.mjs', data] },
  sort: {
    job: 'sort',
    args: [`${data}/records`, out],
    check: ['checkSort.mjs', `${data}/records`, out],
    command: ['sh', '-c', `LC_ALL=C sort -S 1G --parallel=2 -T ${data} -o ${data}/out-sort ${data}/records/part-*`],
  },
  groupjoin: { job: 'groupjoin', args: [data], plain: ['groupjoin.mjs', data] },
  kmeans: { job: 'kmeans', args: [data], plain: ['kmeans.mjs', data] },
  pagerank: { job: 'pagerank', args: [data], plain: ['pagerank.mjs', data] },
  'empty-10k': { job: 'empty', args: ['10000'], plain: ['-e', '0'] },
  'empty-100k': { job: 'empty', args: ['100000'], plain: ['-e', '0'] },
}

const argv = process.argv.slice(2)
const dashes = argv.indexOf('--')
const extra = dashes < 0 ? [] : argv.splice(dashes).slice(1)
let runs = 3
let master = 'local[2]'
const peers = []
let name
for (let i = 0; i < argv.length; i++) {
  if (argv[i] === '-n') runs = Number(argv[++i])
  else if (argv[i] === '--master') master = argv[++i]
  else if (argv[i] === '--peer') peers.push(argv[++i])
  else name = argv[i]
}
const workload = workloads[name]
if (!workload) {
  console.error(
    `usage: node bench.mjs <${Object.keys(workloads).join('|')}> [-n 3] [--peer plain] [--peer 'name=command'] [--master 'local[2]'] [-- tspark options]`,
  )
  process.exit(2)
}
if (peers.length === 0) peers.push('plain')

const tspark = [
  process.execPath,
  join(here, '../../bin/tspark'),
  'submit',
  '--quiet',
  '--master',
  master,
  ...extra,
  join(here, `jobs/${workload.job}.ts`),
  '--',
  ...workload.args,
]
const plain = workload.command ?? [
  process.execPath,
  '--max-old-space-size=8192',
  ...workload.plain.map((word) => (word.endsWith('.mjs') ? join(here, 'plain', word) : word)),
]
const systems = [
  { name: 'tspark', command: tspark },
  ...peers.map((peer) =>
    peer === 'plain' ? { name: 'plain', command: plain } : { name: peer.slice(0, peer.indexOf('=')), command: ['sh', '-c', peer.slice(peer.indexOf('=') + 1)] },
  ),
]

/** Resident bytes of a process and all below it, and of the executors among them. */
function treeMemory(root) {
  const children = new Map()
  const rss = new Map()
  let executors = 0
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      rss.set(Number(pid), Number(fields[21]) * 4096)
      if (readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('executorMain')) executors += rss.get(Number(pid))
      children.set(Number(fields[1]), [...(children.get(Number(fields[1])) ?? []), Number(pid)])
    } catch {
      // ended meanwhile
    }
  }
  const sum = (pid) => (rss.get(pid) ?? 0) + (children.get(pid) ?? []).reduce((total, child) => total + sum(child), 0)
  return { total: sum(root), executors }
}

async function once({ command }) {
  rmSync(out, { recursive: true, force: true })
  const start = performance.now()
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  let peak = 0
  let executors = 0
  child.stdout.on('data', (text) => (stdout += text))
  child.stderr.on('data', (text) => (stderr += text))
  const sampling = setInterval(() => {
    const memory = treeMemory(child.pid)
    peak = Math.max(peak, memory.total)
    executors = Math.max(executors, memory.executors)
  }, 100)
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearInterval(sampling)
  const wall = (performance.now() - start) / 1000
  if (code !== 0) throw new Error(`${command.join(' ')}: exit code ${code}\n${stderr.slice(-2000)}`)
  const line = stdout.split('\n').find((text) => text.startsWith('{"workload"'))
  if (command === tspark && workload.check) {
    const [script, ...args] = workload.check
    const checked = spawnSync(process.execPath, [join(here, script), ...args], { encoding: 'utf8' })
    return { wall, peak, executors, answer: checked.status === 0 ? checked.stdout.trim() : checked.stderr, jobSeconds: undefined }
  }
  const { answer = stdout.trim(), jobSeconds } = line ? JSON.parse(line) : {}
  return { wall, peak, executors, answer, jobSeconds }
}

const median = (values) => values.toSorted((a, b) => a - b)[(values.length - 1) >> 1]
const results = systems.map(() => [])
if (runs > 1) await once(systems[0]) // warms the page cache and the build cache
for (let run = 0; run < runs; run++) for (const [i, system] of systems.entries()) results[i].push(await once(system))

console.log(`| ${name} | wall s, median (min–max) | job s | peak MB | executors' peak MB | tspark's wall / its wall |\n|---|---|---|---|---|---|`)
const walls = results.map((list) => list.map(({ wall }) => wall))
for (const [i, system] of systems.entries()) {
  const ratio = i === 0 ? '' : median(walls[0].map((wall, run) => wall / walls[i][run])).toFixed(2)
  const job = results[i][0].jobSeconds === undefined ? '–' : median(results[i].map(({ jobSeconds }) => jobSeconds)).toFixed(2)
  const [peak, executors] = ['peak', 'executors'].map((of) => Math.round(Math.max(...results[i].map((run) => run[of])) / 1e6))
  console.log(
    `| ${system.name} | ${median(walls[i]).toFixed(2)} (${Math.min(...walls[i]).toFixed(2)}–${Math.max(...walls[i]).toFixed(2)}) | ${job} | ${peak} | ${executors || '–'} | ${ratio} |`,
  )
}
const answers = systems.map((system, i) => ({ system: system.name, answers: [...new Set(results[i].map(({ answer }) => answer))] }))
for (const { system, answers: list } of answers) console.log(`${system}: ${list.join(' ≠ ')}`)
