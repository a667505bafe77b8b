import { TsparkError } from '../events/tsparkError.js'
import { wireErrorOf } from '../events/wireErrorOf.js'
import type { WireError } from '../protocol/shapes.js'
import type { Artifact, RunError } from '../protocol/submitMessages.js'
import { TaskFailedError } from '../rdd/errors.js'

/** What ended main, as the terminal shows it: the user's message, line and frames, mapped to their sources. */
export async function runErrorOf(error: unknown, artifact: Artifact | undefined): Promise<RunError> {
  const task = error instanceof TaskFailedError ? error : undefined
  const known = TsparkError.is(error) ? error : undefined
  // the user's own error is what they look for
  const shown = wireErrorOf(task?.cause instanceof Error ? task.cause : error)
  const mapped = shown.stack && artifact ? (await import('../build/sourceTrace.js')).mapStack(shown.stack, artifact) : undefined
  return {
    code: known?.code ?? 'TSPARK_JOB_FAILED',
    name: shown.name,
    message: known && !task ? known.message : shown.message,
    location: known?.location ?? mapped?.location,
    codeFrame: mapped?.codeFrame,
    stack: mapped?.frames,
    rawStack: shown.stack,
    hint: known?.hint,
    stage: task && { id: task.stageId, name: task.stageName, partition: task.partition, attempt: task.attempts - 1, executorId: task.executorId },
    causes: causesOf(shown),
  }
}

function causesOf(error: WireError): string[] | undefined {
  const causes: string[] = []
  for (let { cause } = error; cause; { cause } = cause) causes.push(`${cause.name}: ${cause.message}`)
  return causes.length > 0 ? causes : undefined
}
