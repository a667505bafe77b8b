import { TsparkError } from '../events/tsparkError.js'
import { formatAddress } from '../protocol/address.js'
import { machineCores } from './machineCores.js'

/** Where a run finds its executors: an embedded cluster of either kind, or running daemons. Memory in bytes. */
export type MasterUrl =
  | { kind: 'local'; threads: number; maxFailures: number }
  | { kind: 'local-cluster'; workers: number; cores: number; memory: number }
  | { kind: 'tspark'; url: string }

const DEFAULT_MASTER_PORT = 7077
const MAX_THREADS = 1024
const MAX_WORKERS = 256
const MAX_MEMORY_MIB = 16 * 1024 * 1024
const FORMS = 'masters are local, local[N], local[*], local[N,F], local-cluster[workers,cores,memoryMiB] and tspark://host[:7077]'

/** Reads the value of `--master`; what is no master is refused with the form that is nearest to it. */
export function parseMasterUrl(text: string): MasterUrl {
  if (text.startsWith('local-cluster')) return parseLocalCluster(text)
  if (text.startsWith('local')) return parseLocal(text)
  if (text.startsWith('tspark:')) return parseDaemon(text)
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(text)) {
    throw refused(text, `did you mean tspark://${text.replace(/^[^:]*:\/\//, '') || 'host:7077'}?`)
  }
  if (/^[\w.-]+:\d+$/.test(text)) throw refused(text, `did you mean tspark://${text}?`)
  if (/^\d+$/.test(text) || text === '*') throw refused(text, `did you mean local[${text}]?`)
  if (/^loc/i.test(text)) throw refused(text, 'did you mean local[*]?')
  throw refused(text, FORMS)
}

function parseLocal(text: string): MasterUrl {
  if (text === 'local') return { kind: 'local', threads: 1, maxFailures: 1 }
  const match = /^local\[\s*(\*|\d+)\s*(?:,\s*(\d+)\s*)?\]$/.exec(text)
  if (!match) throw refused(text, 'the nearest forms are local[N], local[*] and local[N,F], e.g. local[4]')
  const threads = match[1] === '*' ? Math.min(machineCores(), MAX_THREADS) : bounded(text, 'threads', match[1], MAX_THREADS)
  const maxFailures = match[2] === undefined ? 1 : bounded(text, 'attempts a task', match[2], 1000)
  return { kind: 'local', threads, maxFailures }
}

function parseLocalCluster(text: string): MasterUrl {
  const match = /^local-cluster\[\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\]$/.exec(text)
  if (!match) throw refused(text, 'the form is local-cluster[workers,cores,memoryMiB], e.g. local-cluster[2,1,1024]')
  const workers = bounded(text, 'workers', match[1], MAX_WORKERS)
  const cores = bounded(text, 'cores', match[2], MAX_THREADS)
  const memory = bounded(text, 'MiB of memory', match[3], MAX_MEMORY_MIB)
  if (memory < 64) throw refused(text, 'a worker needs at least 64 MiB, e.g. local-cluster[2,1,1024]')
  return { kind: 'local-cluster', workers, cores, memory: memory * 1024 * 1024 }
}

/** Of several addresses, `tspark://a:7077,b:7078`, the active master's answers; each gets its port and brackets. */
function parseDaemon(text: string): MasterUrl {
  const addresses = text.replace(/^tspark:\/\//, '').split(',')
  return { kind: 'tspark', url: addresses.map((address) => parseAddress(text, address)).join(',') }
}

function parseAddress(text: string, address: string): string {
  const match = /^(\[[\da-f:.%\w]+\]|[\w.-]+)(?::(\d{1,6}))?\/?$/i.exec(address)
  if (!text.startsWith('tspark://') || !match?.[1]) throw refused(text, 'the form is tspark://host[:7077], e.g. tspark://127.0.0.1:7077')
  const port = match[2] === undefined ? DEFAULT_MASTER_PORT : Number(match[2])
  if (port < 1 || port > 65_535) throw refused(text, 'a port is a number from 1 to 65535, e.g. tspark://127.0.0.1:7077')
  return formatAddress(match[1].replace(/^\[(.*)\]$/, '$1'), port)
}

function bounded(text: string, what: string, digits: string | undefined, max: number): number {
  const value = Number(digits)
  if (value >= 1 && value <= max) return value
  throw refused(text, `the number of ${what} is from 1 to ${max}`)
}

function refused(text: string, hint: string): TsparkError {
  return new TsparkError('TSPARK_USAGE', `'${text}' is no master`, { hint })
}
