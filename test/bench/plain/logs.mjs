// node logs.mjs <data folder>: one process, so a map does what the engine's join does.
import { crc32, forLines, report } from './lines.mjs'

const LOG = /^(\S+) \S+ (\S+) \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+)/
const data = process.argv[2]

await report('logs', async () => {
  const countries = new Map()
  await forLines(`${data}/users/users.csv`, (lines) => {
    for (const line of lines) {
      const [user, country] = line.split(',')
      countries.set(user, country)
    }
  })
  const groups = new Map()
  await forLines(`${data}/logs`, (lines) => {
    for (const line of lines) {
      const match = LOG.exec(line)
      if (Number(match[6]) < 500) continue
      const slash = match[5].indexOf('/', 1)
      const key = `${countries.get(match[2])} ${slash < 0 ? match[5] : match[5].slice(0, slash)}`
      const group = groups.get(key)
      if (group) {
        group.count++
        group.bytes += Number(match[7])
      } else groups.set(key, { count: 1, bytes: Number(match[7]) })
    }
  })
  const sorted = [...groups].sort((a, b) => b[1].count - a[1].count || (a[0] < b[0] ? -1 : 1))
  const top = sorted
    .slice(0, 20)
    .map(([key, group]) => `${key} ${group.count} ${group.bytes}\n`)
    .join('')
  const rows = sorted.reduce((sum, [, group]) => sum + group.count, 0)
  const bytes = sorted.reduce((sum, [, group]) => sum + group.bytes, 0)
  return `rows=${rows} bytes=${bytes} groups=${sorted.length} top20=${crc32(top).toString(16)} first=${top.split('\n')[0]}`
})
