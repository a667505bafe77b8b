import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { waitFor } from './waitFor.js'

/** A process that carries a marker in its environment, and so was started below the one that set it. */
export interface FoundProcess {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/** All living processes whose environment contains `marker`; zombies do not count. */
export function processesWith(marker: string): FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        if (!readFileSync(`/proc/${name}/environ`, 'latin1').includes(marker)) return []
        const [state, parent] = readFileSync(`/proc/${name}/stat`, 'latin1')
          .replace(/^.*\) /s, '')
          .split(' ')
        if (state === 'Z') return []
        return [{ pid: Number(name), parent: Number(parent), command: readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ').trim() }]
      } catch {
        // it ended while we looked
        return []
      }
    })
}

/** Waits until no process carries `marker`; gives those that stay. */
export async function processesLeft(marker: string, withinMs: number): Promise<FoundProcess[]> {
  await waitFor(() => processesWith(marker).length === 0, { withinMs, orElse: 'give up' })
  return processesWith(marker)
}

/** The ports that a process listens on, by its sockets. */
export function listeningPorts(pid: number): number[] {
  const mine = new Set(sockets(pid))
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'latin1')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && mine.has(fields[9] ?? ''))
      .map((fields) => Number.parseInt((fields[1] ?? '').split(':')[1] ?? '', 16)),
  )
}

function sockets(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
    } catch {
      return []
    }
  })
}
