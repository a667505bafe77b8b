// The most frequent words of some books: `tspark submit job.ts -- <folder, file or glob> <shortest word>`
import { fileURLToPath } from 'node:url'
import { defineJob } from 'tspark'
import { tokenize } from './tokenize.js'

const STOP = new Set([
  'a',
  'an',
  'and',
  'as',
  'at',
  'but',
  'for',
  'had',
  'he',
  'her',
  'his',
  'in',
  'it',
  'of',
  'on',
  'she',
  'that',
  'the',
  'they',
  'to',
  'was',
  'with',
])

export default defineJob(async ({ sc, args }) => {
  const input = args[0] ?? fileURLToPath(new URL('./books', import.meta.url))
  const shortest = Number(args[1] ?? 3)
  const counts = sc
    .textFile(input)
    .flatMap((line) => tokenize(line))
    .filter((word) => word.length >= shortest && !STOP.has(word))
    .map((word) => [word, 1] as const)
    .reduceByKey((a, b) => a + b)
  for (const [word, count] of await counts.top(10, ([word, count]) => [count, word])) console.log(`${String(count).padStart(6)} ${word}`)
})
