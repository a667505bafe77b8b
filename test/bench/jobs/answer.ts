import { crc32 as crc } from 'node:zlib'

/** CRC-32 of the UTF-8 text, unsigned. */
export const crc32 = (text: string): number => crc(text)

/** Prints the line the bench runner reads: which workload, its answer, and the seconds from the ready context to here. */
export async function report(workload: string, job: () => Promise<string>): Promise<void> {
  const start = performance.now()
  const answer = await job()
  console.log(JSON.stringify({ workload, answer, jobSeconds: Math.round(performance.now() - start) / 1000 }))
}
