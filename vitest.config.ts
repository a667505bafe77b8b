import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // a run has processes of its own: more at once only wait for each other
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], setupFiles: ['test/helpers/ownTemporaryFolder.ts'] } },
      {
        extends: true,
        test: { name: 'types', include: [], typecheck: { enabled: true, only: true, ignoreSourceErrors: true, include: ['test/types/**/*.test-d.ts'] } },
      },
      { extends: true, test: { name: 'e2e', include: ['test/e2e/**/*.test.ts', 'test/chaos/**/*.test.ts'], globalSetup: ['test/helpers/buildOnce.ts'] } },
    ],
  },
})
