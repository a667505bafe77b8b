// Packs the package, looks at what is in it, installs it into an empty folder and runs a job with it.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MUST = [
  'bin/tspark',
  'dist/cli.js',
  'dist/driverMain.js',
  'dist/executorMain.js',
  'dist/slotMain.js',
  'dist/index.js',
  'dist/types/index.d.ts',
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
]
const MUST_NOT = [/^src\//, /^test\//, /^node_modules\//, /^\.ci\//, /\.map$/, /\.tgz$/]
const JOB = `import { defineJob } from 'tspark'
export default defineJob(async ({ sc }) => {
  console.log(await sc.parallelize([1, 2, 3, 4], 2).map((n) => [n % 2, n] as const).reduceByKey((a, b) => a + b).collectAsMap())
})
`

const work = mkdtempSync(join(tmpdir(), 'tspark-pack-'))
try {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', work]))
  const files = packed.files.map(({ path }) => path)
  const missing = MUST.filter((path) => !files.includes(path))
  const strange = files.filter((path) => MUST_NOT.some((pattern) => pattern.test(path)))
  if (missing.length > 0) throw new Error(`missing in the package: ${missing.join(', ')}`)
  if (strange.length > 0) throw new Error(`not for the package: ${strange.join(', ')}`)

  const app = join(work, 'app')
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))
  writeFileSync(join(app, 'job.ts'), JOB)
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', join(work, packed.filename)], app)
  const answer = run('npx', ['tspark', 'submit', '--master', 'local[2]', 'job.ts'], app)
  if (answer.trim() !== 'Map(2) { 0 => 6, 1 => 4 }' && answer.trim() !== 'Map(2) { 1 => 4, 0 => 6 }')
    throw new Error(`the installed package answers: ${answer}`)
  console.log(`${files.length} files, ${Math.round(packed.size / 1024)} KiB; the installed package runs a job`)
} finally {
  rmSync(work, { recursive: true, force: true })
}

function run(file, args, cwd) {
  return execFileSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
