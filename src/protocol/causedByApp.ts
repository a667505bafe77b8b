import type { ExitCause } from './shapes.js'

/** Whether an executor's end speaks against the application that ran on it: not if it was stopped, went with its worker, or was killed by somebody else. */
export function causedByApp({ kind, outside }: ExitCause): boolean {
  return (kind === 'exit' || kind === 'signal') && outside !== true
}
