// node groupjoin.mjs <data folder>
import { forLines, report } from './lines.mjs'

const data = process.argv[2]

await report('groupjoin', async () => {
  const sums = new Map()
  await forLines(`${data}/pairs/a`, (lines) => {
    for (const line of lines) {
      const tab = line.indexOf('\t')
      const key = line.slice(0, tab)
      sums.set(key, (sums.get(key) ?? 0) + Number(line.slice(tab + 1)))
    }
  })
  let joined = 0
  let check = 0
  await forLines(`${data}/pairs/b`, (lines) => {
    for (const line of lines) {
      const tab = line.indexOf('\t')
      const sum = sums.get(line.slice(0, tab))
      if (sum === undefined) continue
      joined++
      check += sum * Number(line.slice(tab + 1))
    }
  })
  return `keys=${sums.size} joined=${joined} check=${check}`
})
