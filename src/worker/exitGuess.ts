/** How a process ended, and what was known of it before. */
export interface ProcessEnd {
  readonly exitCode: number | null
  readonly signal: string | null
  /** the last lines it wrote to stderr */
  readonly stderr: readonly string[]
  /** the signal that its own code sent it */
  readonly ownSignal?: string
  /** it was last seen with more memory than it may have */
  readonly full?: boolean
}

/** Signals that people, scripts and the system send to processes that have done nothing wrong. */
const SENT = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'])

export interface ExitGuess {
  /** what probably ended the process, if anything points anywhere */
  readonly guess?: string
  /** somebody else ended it: that says nothing about the tasks on it */
  readonly outside?: true
}

/** What probably ended an executor. */
export function exitGuess({ exitCode, signal, stderr, ownSignal, full = false }: ProcessEnd): ExitGuess {
  const text = stderr.join('\n')
  if (signal !== null && signal === ownSignal) return { guess: "the job's own code sent it" }
  if (/heap out of memory|Reached heap limit|invalid table size|Allocation failed/i.test(text)) return { guess: 'out of memory (the JavaScript heap was full)' }
  if (/ENOMEM|Cannot allocate memory|bad_alloc/i.test(text)) return { guess: 'out of memory (the machine had none left)' }
  if (signal === 'SIGKILL' && full) return { guess: 'out of memory, it seems: it had more than it may have' }
  if (signal !== null && SENT.has(signal)) return { guess: 'from outside', outside: true }
  if (exitCode === 137) return { guess: 'killed from outside, perhaps by the kernel because memory ran out' }
  if (signal === 'SIGSEGV' || signal === 'SIGBUS' || exitCode === 139) return { guess: 'a crash in native code' }
  if (signal === 'SIGABRT' || exitCode === 134) return { guess: 'aborted, perhaps out of memory' }
  return {}
}
