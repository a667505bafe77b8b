// Plays every fault of the suite again and again; each has to end the same way each time:
//   node test/chaos/repeat.mjs [--times 20] [--only budget]
// Ends with 1 if any run of any scenario failed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const vitest = join(root, 'node_modules/vitest/vitest.mjs')

const option = (name, standard) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? standard : process.argv[at + 1]
}
const times = Number(option('times', 20))
const only = option('only', '')
// the random soak has a script of its own
const suites = readdirSync(join(root, 'test/chaos')).filter((name) => name.endsWith('.test.ts') && name !== 'soak.test.ts' && name.includes(only))

const folder = mkdtempSync(join(tmpdir(), 'tspark-repeat-'))
const scenarios = new Map()
let crashed = 0
for (let turn = 1; turn <= times; turn++) {
  const report = join(folder, `${turn}.json`)
  const files = suites.map((name) => join('test/chaos', name))
  const args = [vitest, 'run', '--project', 'e2e', '--reporter=json', `--outputFile=${report}`, ...files]
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'ignore' })
  let results = []
  try {
    results = JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap((file) => file.assertionResults)
  } catch {
    crashed++
  }
  for (const { fullName, status: state, failureMessages } of results) {
    const scenario = scenarios.get(fullName) ?? { passed: 0, failed: 0, skipped: 0, messages: [] }
    scenarios.set(fullName, scenario)
    if (state === 'passed') scenario.passed++
    else if (state === 'failed') scenario.failed++
    else scenario.skipped++
    scenario.messages.push(...(failureMessages ?? []))
  }
  console.log(`turn ${turn} of ${times}: ${results.filter(({ status: state }) => state === 'passed').length} passed, exit ${status}`)
}
rmSync(folder, { recursive: true, force: true })

for (const [name, { passed, failed, skipped }] of scenarios) console.log(`${passed} passed, ${failed} failed, ${skipped} skipped: ${name}`)
for (const { messages } of scenarios.values()) for (const message of messages) console.log(`PROBLEM: ${message.slice(0, 3000)}`)
const failures = [...scenarios.values()].reduce((sum, { failed }) => sum + failed, 0)
console.log(`${scenarios.size} scenarios, ${times} times each, ${failures} failures, ${crashed} turns without a report`)
process.exitCode = failures + crashed > 0 ? 1 : 0
