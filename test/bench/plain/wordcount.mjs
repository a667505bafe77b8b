// node wordcount.mjs <folder>
import { crc32, forLines, report } from './lines.mjs'

await report('wordcount', async () => {
  const counts = new Map()
  await forLines(process.argv[2], (lines) => {
    for (const line of lines) for (const word of line.split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1)
  })
  let words = 0
  let check = 0
  for (const [word, n] of counts) {
    words += n
    check += n * (crc32(word) & 0xffff)
  }
  const top = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 3)
  return `distinct=${counts.size} words=${words} check=${check} top=${top.map((pair) => pair.join(':')).join(',')}`
})
