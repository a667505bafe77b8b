/** Sends what the slot prints to the executor's main thread at once, where it gets the name of its task. */
export function captureConsole(pass: (stream: 'stdout' | 'stderr', text: string) => void): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].write = ((chunk: string | Uint8Array, encoding?: BufferEncoding | (() => void), done?: () => void): boolean => {
      pass(stream, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString(typeof encoding === 'string' ? encoding : 'utf8'))
      const callback = typeof encoding === 'function' ? encoding : done
      if (callback) queueMicrotask(callback)
      return true
    }) as typeof process.stdout.write
  }
}
