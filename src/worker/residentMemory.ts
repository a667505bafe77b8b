import { readFileSync } from 'node:fs'

/** Resident memory of a process in bytes; `undefined` where the system does not tell. */
export function residentMemory(pid: number | undefined): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kib === undefined ? undefined : Number(kib) * 1024
  } catch {
    return undefined
  }
}
