import { test as base, expect } from 'vitest'
import { Sandbox } from './sandbox.js'

/** A test with a sandbox of its own; when it is over nothing of what it ran may be left. */
export const test = base.extend<{ sandbox: Sandbox }>({
  sandbox: async ({ task }, use) => {
    const sandbox = new Sandbox()
    try {
      await use(sandbox)
      await sandbox.stopAll()
      // after a failure the leaks are only its consequences
      if (task.result?.state !== 'fail') expect(await sandbox.leaks(), 'left behind').toEqual([])
    } finally {
      sandbox.remove()
    }
  },
})
