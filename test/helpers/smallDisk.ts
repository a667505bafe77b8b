import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk of so many KiB, mounted for a test. */
export class SmallDisk {
  private constructor(readonly path: string) {}

  /** Whether this user may mount one. */
  static get allowed(): boolean {
    try {
      SmallDisk.mount(64).unmount()
      return true
    } catch {
      return false
    }
  }

  static mount(kib: number): SmallDisk {
    const path = join(mkdtempSync(join(tmpdir(), 'tspark-disk-')), 'disk')
    mkdirSync(path)
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', path], { stdio: 'pipe' })
    return new SmallDisk(path)
  }

  /** From now on nothing can be written to it. */
  makeReadOnly(): void {
    execFileSync('mount', ['-o', 'remount,ro', this.path], { stdio: 'pipe' })
  }

  unmount(): void {
    execFileSync('umount', ['-l', this.path], { stdio: 'pipe' })
    rmSync(join(this.path, '..'), { recursive: true, force: true })
  }
}
