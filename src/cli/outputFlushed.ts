/** Waits until what was written to stdout and stderr has been read, or its reader is gone; at most `limitMs`, if given. */
export async function outputFlushed(limitMs?: number): Promise<void> {
  const flushed = Promise.all([process.stdout, process.stderr].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))))
  const limit = limitMs === undefined ? [] : [new Promise<void>((resolve) => setTimeout(resolve, limitMs).unref())]
  await Promise.race([flushed, ...limit])
}
