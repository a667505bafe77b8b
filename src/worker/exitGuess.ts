/** What probably ended an executor, from how it ended and what it wrote last; `undefined` if nothing points anywhere. */
export function exitGuess(exitCode: number | null, signal: string | null, stderr: readonly string[]): string | undefined {
  const text = stderr.join('\n')
  if (/heap out of memory|Reached heap limit|invalid table size|Allocation failed/i.test(text)) return 'out of memory (the JavaScript heap was full)'
  if (/ENOMEM|Cannot allocate memory|bad_alloc/i.test(text)) return 'out of memory (the machine had none left)'
  if (signal === 'SIGKILL' || exitCode === 137) return 'killed from outside, perhaps by the kernel because memory ran out'
  if (signal === 'SIGSEGV' || signal === 'SIGBUS' || exitCode === 139) return 'a crash in native code'
  if (signal === 'SIGABRT' || exitCode === 134) return 'aborted, perhaps out of memory'
  return undefined
}
