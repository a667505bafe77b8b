import { TsparkError } from '../events/tsparkError.js'
import type { Artifact, RunError } from '../protocol/submitMessages.js'
import { TaskFailedError } from '../rdd/errors.js'

/** What ended main, as the terminal shows it: the user's message, line and frames, mapped to their sources. */
export async function runErrorOf(error: unknown, artifact: Artifact | undefined): Promise<RunError> {
  if (typeof error !== 'object' || error === null) {
    return { code: 'TSPARK_JOB_FAILED', name: 'Error', message: `a value that is no Error was thrown: ${String(error)}` }
  }
  const task = error instanceof TaskFailedError ? error : undefined
  // the user's own error is what they look for
  const shown = (task?.cause instanceof Error ? task.cause : error) as Error & { code?: unknown; hint?: unknown; location?: unknown }
  const rawStack = typeof shown.stack === 'string' ? shown.stack : undefined
  const mapped = rawStack && artifact ? (await import('../build/sourceTrace.js')).mapStack(rawStack, artifact) : undefined
  const known = TsparkError.is(error) ? error : undefined
  return {
    code: known?.code ?? 'TSPARK_JOB_FAILED',
    name: String(shown.name ?? 'Error'),
    message: String(shown.message ?? ''),
    location: known?.location ?? mapped?.location,
    codeFrame: mapped?.codeFrame,
    stack: mapped?.frames,
    rawStack,
    hint: known?.hint ?? (typeof shown.hint === 'string' ? shown.hint : undefined),
    stage: task && { id: task.stageId, name: task.stageName, partition: task.partition, attempt: task.attempts - 1, executorId: task.executorId },
    causes: causesOf(shown),
  }
}

function causesOf(error: Error): string[] | undefined {
  const causes: string[] = []
  for (let cause = error.cause; cause !== undefined && causes.length < 5; cause = (cause as Error | null)?.cause) {
    causes.push(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause))
  }
  return causes.length > 0 ? causes : undefined
}
