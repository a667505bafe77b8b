// node pagerank.mjs <data folder>: uses that node ids are dense integers, so it shuffles nothing; a floor, not a like for like.
import { forLines, report } from './lines.mjs'

const data = process.argv[2]

await report('pagerank', async () => {
  const sources = []
  const targets = []
  let nodes = 0
  await forLines(`${data}/graph`, (lines) => {
    for (const line of lines) {
      const space = line.indexOf(' ')
      const from = Number(line.slice(0, space))
      const to = Number(line.slice(space + 1))
      sources.push(from)
      targets.push(to)
      nodes = Math.max(nodes, from + 1, to + 1)
    }
  })
  const degree = new Int32Array(nodes)
  for (const from of sources) degree[from]++
  let ranks = new Float64Array(nodes).fill(1)
  for (let iteration = 0; iteration < 10; iteration++) {
    const received = new Float64Array(nodes)
    for (let e = 0; e < sources.length; e++) received[targets[e]] += ranks[sources[e]] / degree[sources[e]]
    ranks = received.map((sum) => 0.15 + 0.85 * sum)
  }
  const sum = ranks.reduce((total, rank) => total + Math.floor(rank * 1e6 + 0.5), 0)
  const top = Array.from(ranks.keys())
    .sort((a, b) => ranks[b] - ranks[a] || a - b)
    .slice(0, 10)
  return `nodes=${nodes} sum=${sum} top=${top.map((id) => `${id}:${Math.floor(ranks[id] * 1e3 + 0.5)}`).join(',')}`
})
