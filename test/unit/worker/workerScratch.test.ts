import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeAppFolders, removeAppFolders } from '../../../src/worker/appFolders.js'
import { makeWorkerScratch, removeWorkerScratch } from '../../../src/worker/workerScratch.js'

describe("a worker's scratch folder", () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tspark-scratch-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  it('is private, and gone when removed', () => {
    const [scratch] = makeWorkerScratch([dir])
    expect(statSync(scratch).mode & 0o777).toBe(0o700)
    writeFileSync(join(scratch, 'file'), 'x')
    removeWorkerScratch([scratch])
    expect(existsSync(scratch)).toBe(false)
  })

  it('sweeps up after dead workers and spares living ones and strangers', () => {
    const deadPid = spawnSync(process.execPath, ['-e', '']).pid
    const dead = join(dir, `tspark-worker-${deadPid}-0123abcd`)
    const earlierLife = join(dir, `tspark-worker-${process.pid}-0123abcd`)
    const alive = join(dir, `tspark-worker-${process.ppid}-0123abcd`)
    const driver = join(dir, `tspark-driver-${deadPid}-0123abcd`)
    const stranger = join(dir, 'tspark-worker-notes')
    for (const path of [dead, driver, earlierLife, alive, stranger]) mkdirSync(path)
    const [mine] = makeWorkerScratch([dir])
    const [second] = makeWorkerScratch([dir])
    expect([dead, driver, earlierLife, alive, stranger, mine, second].map(existsSync)).toEqual([false, false, false, true, true, true, true])
  })

  it('takes the folders that work, and says so when none does', () => {
    const file = join(dir, 'file')
    writeFileSync(file, '')
    expect(makeWorkerScratch([file, dir, join(dir, 'made')])).toHaveLength(2)
    expect(() => makeWorkerScratch([file])).toThrow(expect.objectContaining({ code: 'TSPARK_DAEMON', message: expect.stringContaining(file) }))
  })

  it('gives an application a folder on each disk that takes one', () => {
    const disks = makeWorkerScratch([join(dir, 'a'), join(dir, 'b'), join(dir, 'c')])
    rmSync(disks[1]!, { recursive: true })
    writeFileSync(disks[1]!, 'a file')
    expect(makeAppFolders(disks, 'app-1')).toEqual([join(disks[0], 'app-1'), join(disks[2]!, 'app-1')])
    rmSync(disks[1]!)
    mkdirSync(disks[1]!)
    removeAppFolders(disks, 'app-1')
    expect(disks.flatMap((disk) => readdirSync(disk))).toEqual([])
  })
})
