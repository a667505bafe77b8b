import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { ReadAheads } from '../../../src/executor/readAheads.js'
import type { SlotStage } from '../../../src/executor/slotMessages.js'
import { MemoryBudget } from '../../../src/storage/memoryBudget.js'

const root = mkdtempSync(join(tmpdir(), 'tspark-ahead-'))
const path = join(root, 'data')
afterEach(() => rmSync(root, { recursive: true, force: true }))

it('what was read ahead for a stage is given back when the stage is dropped, or when others need the memory', () => {
  writeFileSync(path, 'x'.repeat(1000))
  const budget = MemoryBudget.create(1 << 24)
  const aheads = new ReadAheads(budget)
  const stage = (stageId: number) =>
    ({ stageId, shuffles: [{ shuffleId: 0, numMaps: 1, outputs: [{ mapIndex: 0, attemptId: 0, workerId: 'w' }] }] }) as unknown as SlotStage
  for (const stageId of [1, 2]) expect(aheads.of(stage(stageId)).read(path, 0, 10)).toHaveLength(10)
  expect(aheads.of(stage(1))).toBe(aheads.of(stage(1)))
  const each = 64 << 10
  expect(budget.used).toBe(2 * each)
  aheads.dropStage(1)
  expect(budget.used).toBe(each)
  aheads.makeRoom(budget.free)
  expect(budget.used).toBe(each)
  aheads.makeRoom(budget.free + 1)
  expect(budget.used).toBe(0)
  aheads.dropStage(1)
  aheads.dropStage(2)
  expect(budget.used).toBe(0)
})
