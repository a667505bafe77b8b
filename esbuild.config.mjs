// Bundles src/ and the pure-JavaScript dependencies into a few files: fewer files to open is most of a fast start.
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

rmSync('dist', { recursive: true, force: true })
/** fdir takes any picomatch that lies near, and loads it as it starts; its callers bring their own. */
const noForeignPicomatch = {
  name: 'no foreign picomatch',
  setup: ({ onLoad }) =>
    onLoad({ filter: /fdir\/dist\/index\.mjs$/ }, ({ path }) => {
      const code = readFileSync(path, 'utf8')
      const without = code.replace(/^try \{\s*__require\.resolve\("picomatch"\);[^}]*\} catch \{\}$/m, '')
      if (without === code) throw new Error(`${path} no longer looks for picomatch as it did`)
      return { contents: without }
    }),
}
const common = {
  plugins: [noForeignPicomatch],
  entryNames: '[name]',
  outdir: 'dist',
  bundle: true,
  metafile: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: ['esbuild'],
  legalComments: 'none',
  banner: { js: 'import{createRequire as $tsparkRequire}from"node:module";const require=$tsparkRequire(import.meta.url),__dirname=import.meta.dirname;' },
}
const builds = await Promise.all([
  // a command loads what it needs, a driver starts an executor before it loads itself
  build({ ...common, entryPoints: ['src/cli/cli.ts'], splitting: true }),
  build({ ...common, entryPoints: ['src/driver/driverMain.ts'], splitting: true }),
  // a process or a thread of its own is one file
  build({
    ...common,
    entryPoints: ['src/index.ts', 'src/executor/executorMain.ts', 'src/executor/slotMain.ts', 'src/sources/unpackMain.ts'],
  }),
])
// esbuild writes `class P` that uses itself as `var P = class _P`; console.log is to show the name of the source
for (const path of builds.flatMap(({ metafile }) => Object.keys(metafile.outputs))) {
  const code = readFileSync(path, 'utf8')
  const named = code.replace(
    /^var (\w+) = class _\1( extends [\w.]+)? \{$/gm,
    (head, name) => `${head} static { Object.defineProperty(this, "name", { value: "${name}", configurable: true }); }`,
  )
  if (named !== code) writeFileSync(path, named)
}
// looked for beside the code that loads it
copyFileSync('node_modules/lz4-wasm-nodejs/lz4_wasm_nodejs_bg.wasm', 'dist/lz4_wasm_nodejs_bg.wasm')

/** What the licences of the bundled packages ask for: their texts travel with the code. */
const inputs = builds.flatMap(({ metafile }) => Object.keys(metafile.inputs))
const packages = new Set(inputs.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []))
const notices = [...packages].sort().map((name) => {
  const folder = join('node_modules', name)
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const files = readdirSync(folder).filter((each) => /^licen[cs]e/i.test(each))
  const file = files.find((each) => each.endsWith(license)) ?? files[0]
  const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8').trim() : `Licence: ${license}`
  return `${name} ${version}\n${'-'.repeat(60)}\n${text}\n`
})
writeFileSync('dist/THIRD_PARTY_LICENSES.txt', `tspark contains these packages.\n\n${notices.join('\n\n')}`)
