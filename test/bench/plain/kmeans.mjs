// node kmeans.mjs <data folder>: points in flat typed arrays, as one would by hand.
import { forLines, report } from './lines.mjs'

const data = process.argv[2]

await report('kmeans', async () => {
  const centres = []
  await forLines(`${data}/centres/centres.csv`, (lines) => centres.push(...lines.map((line) => line.split(',').map(Number))))
  const width = centres[0].length
  const blocks = []
  await forLines(`${data}/points`, (lines) => {
    const block = new Float64Array(lines.length * width)
    for (let i = 0; i < lines.length; i++) block.set(lines[i].split(',').map(Number), i * width)
    blocks.push(block)
  })
  let sums
  let counts
  for (let iteration = 0; iteration < 10; iteration++) {
    const flat = Float64Array.from(centres.flat())
    sums = new Float64Array(flat.length)
    counts = new Float64Array(centres.length)
    for (const block of blocks)
      for (let p = 0; p < block.length; p += width) {
        let best = 0
        let bestDistance = Number.POSITIVE_INFINITY
        for (let k = 0; k < centres.length; k++) {
          let distance = 0
          for (let i = 0; i < width; i++) {
            const x = block[p + i] - flat[k * width + i]
            distance += x * x
          }
          if (distance < bestDistance) {
            bestDistance = distance
            best = k
          }
        }
        for (let i = 0; i < width; i++) sums[best * width + i] += block[p + i]
        counts[best]++
      }
    centres.forEach((centre, k) => {
      if (counts[k]) for (let i = 0; i < width; i++) centre[i] = sums[k * width + i] / counts[k]
    })
  }
  return Array.from(counts, (n, k) => `${n}:${sums.subarray(k * width, (k + 1) * width).reduce((a, b) => a + b, 0) * 8}`).join(' ')
})
