// Access-log lines with a server error, joined with the users' countries, grouped by country and first path segment.
import { defineJob } from 'tspark'
import { crc32, report } from './answer.js'

const LOG = /^(\S+) \S+ (\S+) \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+)/

function parse(line: string): { user: string; prefix: string; status: number; bytes: number } {
  const match = LOG.exec(line)
  if (!match) throw new Error(`bad log line: ${line}`)
  const path = match[5] as string
  const slash = path.indexOf('/', 1)
  return { user: match[2] as string, prefix: slash < 0 ? path : path.slice(0, slash), status: Number(match[6]), bytes: Number(match[7]) }
}

export default defineJob(async ({ sc, args: [data = '.'] }) => {
  await report('logs', async () => {
    const errors = sc
      .textFile(`${data}/logs`)
      .map(parse)
      .filter((hit) => hit.status >= 500)
    const countries = sc.textFile(`${data}/users/users.csv`).map((line) => line.split(',') as [string, string, string])
    const groups = await errors
      .map((hit) => [hit.user, hit] as const)
      .join(countries.map(([user, country]) => [user, country] as const))
      .map(([, [hit, country]]) => [`${country} ${hit.prefix}`, { count: 1, bytes: hit.bytes }] as const)
      .reduceByKey((a, b) => ({ count: a.count + b.count, bytes: a.bytes + b.bytes }))
      .collect()
    const sorted = groups.toSorted((a, b) => b[1].count - a[1].count || (a[0] < b[0] ? -1 : 1))
    let rows = 0
    let bytes = 0
    for (const [, group] of sorted) {
      rows += group.count
      bytes += group.bytes
    }
    const top = sorted
      .slice(0, 20)
      .map(([key, group]) => `${key} ${group.count} ${group.bytes}\n`)
      .join('')
    return `rows=${rows} bytes=${bytes} groups=${sorted.length} top20=${crc32(top).toString(16)} first=${top.split('\n')[0]}`
  })
})
