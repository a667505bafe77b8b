// Ranks on a ring with chords: every node has the same rank, so that its sum and its spread are known.
import { defineJob } from 'tspark'

export default defineJob(async ({ sc }) => {
  const nodes = 20_000
  const links = sc
    .range(0, nodes, 1, 8)
    .flatMap((node) => [1, 7, 77].map((step) => [node, (node + step) % nodes] as const))
    .groupByKey(8)
    .cache()
  let ranks = links.mapValues(() => 1)
  for (let iteration = 0; iteration < 4; iteration++) {
    ranks = links
      .join(ranks)
      .flatMap(([, [targets, rank]]) => [...targets].map((target) => [target, rank / 3] as const))
      .reduceByKey((a, b) => a + b, 8)
      .mapValues((sum) => 0.15 + 0.85 * sum)
  }
  const all = await ranks.values().collect()
  console.log(`nodes ${all.length}, far ${all.filter((rank) => Math.abs(rank - 1) > 1e-9).length}`)
})
