// Writes the pages that are made from the code; with --check only tells whether they are up to date:
//   node docs/generate.mjs [--check]
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const source = join(here, '../src')
const pages = { 'cli.md': await cliPage(), 'configuration.md': await configurationPage(), 'errors.md': await errorsPage(), 'rdd.md': rddPage() }
let stale = false
for (const [name, text] of Object.entries(pages)) {
  const path = join(here, name)
  const before = read(path)
  if (before === text) continue
  stale = true
  if (process.argv.includes('--check')) console.error(`docs/${name} is not what the code says: run node docs/generate.mjs`)
  else writeFileSync(path, text)
}
if (stale && process.argv.includes('--check')) process.exit(1)

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Loads a module of src/ with its imports. */
async function load(path) {
  const folder = mkdtempSync(join(tmpdir(), 'tspark-docs-'))
  try {
    const outfile = join(folder, 'module.mjs')
    const banner = { js: 'import{createRequire as $r}from"node:module";const require=$r(import.meta.url);' }
    await build({ entryPoints: [join(source, path)], bundle: true, platform: 'node', format: 'esm', outfile, banner, logLevel: 'error' })
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function cliPage() {
  const { createProgram } = await load('cli/program.ts')
  const program = createProgram({})
  const cell = (text) => text.replaceAll('|', '\\|')
  const commands = program.commands.map((command) => {
    const help = command.createHelp()
    const usage = `tspark ${command.name()} ${command.usage()}`
    const table = (rows) => rows.map(([term, description]) => `| \`${cell(term)}\` | ${cell(description)} |`).join('\n')
    const words = help.visibleArguments(command).map((each) => [help.argumentTerm(each), help.argumentDescription(each)])
    const options = help.visibleOptions(command).map((each) => [help.optionTerm(each), help.optionDescription(each)])
    return `## tspark ${command.name()}\n\n${command.description()}\n\n    ${usage}\n\n| argument or option | meaning |\n| --- | --- |\n${table([...words, ...options])}\n`
  })
  return `# Command line

This page is made from the code by \`docs/generate.mjs\`.

Options of tspark stand before or after the job file. Words after the job file, and everything after \`--\`, are the job's
own arguments. Sizes are \`400m\`, \`1g\` or a number of MiB; durations are \`500ms\`, \`5s\`, \`2m\` or a number of seconds.

${commands.join('\n')}
## Streams

stdout has exactly what main writes, stdin is main's. Progress, warnings and what tasks print go to stderr, each line of a
task with a prefix that tells stage, task and executor. With \`--json\` stdout is JSON Lines: every line has \`v\`, \`type\` and
\`ts\`, what main prints is in events, and the last line is \`job.finished\` with \`exitCode\` and, after a failure, \`error\`.
Colours and the live progress lines appear only on a terminal; \`NO_COLOR\`, \`FORCE_COLOR\`, \`CI\` and \`TERM=dumb\` are honoured.

## Exit codes

| code | meaning |
| --- | --- |
| 0 | success |
| 1 | the job failed, or what main set by \`process.exitCode\` or \`process.exit\` |
| 2 | wrong usage, also a job file that does not exist |
| 3 | the job does not build |
| 4 | the master cannot be reached, or refuses the token |
| 5 | the cluster could not run the job |
| 124 | \`--timeout\` |
| 129, 130, 143 | SIGHUP, SIGINT (Ctrl-C), SIGTERM |

The first Ctrl-C cancels the job everywhere, the second ends it at once.
`
}

async function configurationPage() {
  const { SETTINGS } = await load('protocol/settings.ts')
  const rows = Object.entries(SETTINGS).map(([key, { shown, about }]) => `| \`${key}\` | ${shown} | ${about} |`)
  return `# Configuration

This page is made from the code by \`docs/generate.mjs\`.

Everything is set by options of the command line ([cli.md](cli.md)) and, for what is seldom changed, by settings; there is no
configuration file.

## Settings

\`tspark submit --conf key=value\` (or \`-c\`), repeated for more than one. Names and meanings are Spark's. A key that is not in this
list, a value that makes no sense, or a setting that does nothing without another one, is a usage error (exit 2) before anything is built. Sizes and durations are written as
everywhere: \`48m\`, \`1g\`; \`500ms\`, \`3s\`, or a number of seconds.

| key | standard | meaning |
| --- | --- | --- |
${rows.join('\n')}

## Environment variables

| variable | meaning |
| --- | --- |
| \`TSPARK_TOKEN_FILE\` | path of the cluster's token, as \`--token-file\` |
| \`XDG_CONFIG_HOME\` | the token lies in \`$XDG_CONFIG_HOME/tspark/token\` (default \`~/.config\`) |
| \`XDG_STATE_HOME\` | state, pid and log files of daemons, a folder per host and port (default \`~/.local/state\`) |
| \`XDG_CACHE_HOME\` | cached builds (default \`~/.cache\`); when it cannot be written, jobs are built anew each time |
| \`TMPDIR\` | scratch files of workers, if \`--local-dirs\` does not say otherwise |
| \`NO_COLOR\`, \`FORCE_COLOR\`, \`CI\`, \`TERM\` | colours and live lines |

Main gets the environment of submit without variables that look like a secret (token, password, key …). Tasks get \`PATH\`,
\`HOME\`, \`TMPDIR\`, \`LANG\` and \`TZ\` only.

An executor's memory (\`--executor-memory\`) bounds the heap of its slots; 60 % of it is the budget that sorts, groups, shuffles
and caches share, and what does not fit is spilled to disk or, for \`MEMORY_ONLY\`, computed again.
`
}

async function errorsPage() {
  const { ERROR_CODES } = await load('events/errorCodes.ts')
  const rows = Object.entries(ERROR_CODES).map(([code, { exit, when }]) => `| \`${code}\` | ${exit} | ${when} |`)
  return `# Errors

This page is made from the code by \`docs/generate.mjs\`.

Every error has a code that stays the same. It stands in brackets behind the message, in \`error.code\` of the last line of
\`--json\`, and in \`code\` of what an action is rejected with. The exit code is what submit ends with when the error ends the run.

| code | exit code | when |
| --- | --- | --- |
${rows.join('\n')}

A task that throws is tried again, four attempts in all (one in \`local[N]\`, F in \`local[N,F]\`). Then the action is rejected
with a \`TaskFailedError\`: \`cause\` is the user's error, \`stageId\`, \`partition\`, \`attempts\` and \`executorId\` tell where it
happened. A cancelled action is rejected with a \`JobCancelledError\`, or with the reason of its own \`AbortSignal\`.
`
}

/** Public members with the first sentence of what is written at each. */
function rddPage() {
  const files = [
    'sparkContext',
    'executorControl',
    'jobControl',
    'sparkConf',
    'partialResult',
    'rddCore',
    'transformations',
    'asyncTransformations',
    'pairTransformations',
    'joins',
    'orderedTransformations',
    'actions',
    'pairActions',
    'numericActions',
    'outputActions',
    'rddBarrier',
    'resourceProfile',
    'resourceRequests',
    'broadcast',
    'accumulator',
    'taskContext',
    'barrierTaskContext',
    'sparkFiles',
    'statusTracker',
    'partitioner',
    'storageLevel',
  ]
  const known = new Set(readdirSync(join(source, 'rdd')))
  const sections = files.map((file) => {
    if (!known.has(`${file}.ts`)) throw new Error(`src/rdd/${file}.ts is gone: change docs/generate.mjs`)
    return sectionOf(readFileSync(join(source, 'rdd', `${file}.ts`), 'utf8'))
  })
  return `# API

This page is made from the code by \`docs/generate.mjs\`. The names and meanings are those of Spark's RDD API, the order of
arguments is PySpark's. Transformations give an RDD at once; actions give a promise and take \`{ signal }\` last.

${sections.filter(Boolean).join('\n')}`
}

function sectionOf(text) {
  const parts = []
  const pattern = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*\n\s*((?:export )?(?:abstract )?(?:class|interface) \w+|[^\n]+)/g
  for (const [, comment, code] of text.matchAll(pattern)) {
    if (/@internal/.test(comment) || /^\s*(private|protected|declare|#|type|const|let|function)/.test(code)) continue
    const words = comment
      .split('\n')
      .map((line) => line.replace(/^\s*\*? ?/, '').trim())
      .filter(Boolean)
      .join(' ')
    const type = /^(?:export )?(?:abstract )?(class|interface) (\w+)/.exec(code)
    if (type) {
      if (type[1] === 'class') parts.push(`\n## ${type[2]}\n\n${words}\n`)
      continue
    }
    const name = /^(?:static |async |readonly |abstract |get |override )*\*?(\w+)/.exec(code.trim())?.[1]
    if (name && name !== 'constructor' && parts.length > 0) parts.push(`* \`${name}\`: ${words}`)
  }
  return parts.length > 1 ? `${parts.join('\n').trim()}\n` : ''
}
