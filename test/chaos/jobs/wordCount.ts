// Words with known counts: word i of 1,000 comes i % 7 + 1 times in each of 400 texts.
import { defineJob } from 'tspark'

export default defineJob(async ({ sc }) => {
  const counts = await sc
    .range(0, 400, 1, 16)
    .flatMap(function* (text) {
      for (let word = 0; word < 1000; word++) for (let n = 0; n <= ((word + text) % 1000) % 7; n++) yield `word${(word + text) % 1000}`
    })
    .map((word) => [word, 1] as const)
    .reduceByKey((a, b) => a + b, 8)
    .collect()
  const wrong = counts.filter(([word, n]) => n !== 400 * ((Number(word.slice(4)) % 7) + 1))
  console.log(`words ${counts.length}, wrong ${wrong.length}`)
})
