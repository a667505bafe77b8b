// Bundles src/ and the pure-JavaScript dependencies into a few files: fewer files to open is most of a fast start.
import { rmSync } from 'node:fs'
import { build } from 'esbuild'

rmSync('dist', { recursive: true, force: true })
await build({
  entryPoints: ['src/index.ts', 'src/cli/cli.ts', 'src/driver/driverMain.ts', 'src/executor/executorMain.ts', 'src/executor/slotMain.ts'],
  entryNames: '[name]',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: ['esbuild'],
  legalComments: 'linked',
  banner: { js: 'import{createRequire as $tsparkRequire}from"node:module";const require=$tsparkRequire(import.meta.url);' },
})
