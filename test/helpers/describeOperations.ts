import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Sandbox } from './sandbox.js'

const FIXTURES = fileURLToPath(new URL('../fixtures/operations/', import.meta.url))

/** A value as Node shows it, or what an error must say. */
export type Expected = string | RegExp

/**
 * Tests of one family of operations: its fixture computes all cases in one run of the real command line on two executors,
 * each case is a test, and the run must leave nothing behind.
 */
export function describeOperations(family: string, cases: Readonly<Record<string, Expected>>): void {
  describe(family, () => {
    const sandbox = new Sandbox()
    let told: Record<string, string> = {}
    let leaks: string[] = []
    beforeAll(async () => {
      sandbox.output('out')
      const { stdout, stderr, exitCode } = await sandbox.submit(`${FIXTURES}${family}.ts`, [sandbox.work], { master: 'local-cluster[2,1,1024]' })
      if (exitCode !== 0) throw new Error(`the fixture of ${family} ended with ${exitCode}\n${stderr}`)
      told = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Record<string, string>
      leaks = await sandbox.leaks()
    })
    afterAll(() => sandbox.remove())

    it.each(Object.entries(cases))('%s', (name, expected) => {
      if (typeof expected === 'string') expect(told[name]).toBe(expected)
      else expect(told[name]).toMatch(expected)
    })

    it('has a case for each of its tests, and leaves nothing behind', () => {
      expect(Object.keys(told).toSorted()).toEqual(Object.keys(cases).toSorted())
      expect(leaks).toEqual([])
    })
  })
}
