import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Equal for two processes only if they share a boot and a view of the file system, so that one may open the other's files. */
export function hostId(): string {
  const parts = [hostname(), attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()), attempt(() => readlinkSync('/proc/self/ns/mnt'))]
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)
}

/** Not every system tells everything; the host's name is left then. */
function attempt(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
