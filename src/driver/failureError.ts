import type { ErrorCode } from '../events/errorCodes.js'
import { ERROR_CODES } from '../events/errorCodes.js'
import { plural } from '../events/plural.js'
import { TsparkError } from '../events/tsparkError.js'
import type { WireError } from '../protocol/shapes.js'
import { JobCancelledError, TaskFailedError } from '../rdd/errors.js'
import type { JobFailure } from '../scheduler/schedulerPort.js'

/** The error that an action is rejected with: the user's own as its cause. */
export function failureError(failure: JobFailure, action: string): Error {
  switch (failure.kind) {
    case 'cancelled':
      return new JobCancelledError(`${action} was cancelled: ${failure.reason}`)
    case 'fetch':
      return new TsparkError(
        'TSPARK_FETCH_FAILED',
        `stage ${failure.stageId} (${failure.stageName}) failed ${plural(failure.attempts, 'time')} to read shuffle data: ${failure.message}`,
      )
    case 'indeterminate': {
      const { stageName, delivered, partitions } = failure
      return new TsparkError(
        'TSPARK_INDETERMINATE',
        `${action}: a lost output of ${stageName} was computed again and is not the same, but ${delivered} of ${partitions} results were made from the old one`,
        {
          hint: 'make the functions before it deterministic (no Math.random(), no Date.now(), no order of arrival) or checkpoint() what they give; the action may be repeated',
        },
      )
    }
    case 'program':
      return new TsparkError('TSPARK_INTERNAL', `${action}: its stages cannot be sent to executors: ${failure.message}`)
    case 'slots':
      return new TsparkError('TSPARK_BARRIER_SLOTS', failure.message, { hint: 'give it fewer partitions before barrier(), or the application more cores' })
    case 'executors': {
      const { stageId, stageName, partition, attempts, executorId } = failure
      const message = `stage ${stageId} (${stageName}), partition ${partition}: ${plural(attempts, 'attempt')} failed, the last with its executor: ${failure.message}`
      return new TaskFailedError(message, { stageId, stageName, partition, attempts, executorId })
    }
    case 'task': {
      const { stageId, stageName, partition, attempts, executorId, error } = failure
      const cause = revived(error)
      const where = `stage ${stageId} (${stageName}), partition ${partition}, attempt ${attempts}, executor ${executorId}`
      const failed = new TaskFailedError(`${shown(error)} [${where}]`, { stageId, stageName, partition, attempts, executorId }, { cause })
      // a code of the engine's tells more than that a task failed
      if (error.code !== undefined && error.code in ERROR_CODES) Object.defineProperty(failed, 'code', { value: error.code as ErrorCode })
      return failed
    }
  }
}

function shown(error: WireError): string {
  return error.name === 'Error' || error.name === 'TsparkError' ? error.message : `${error.name}: ${error.message}`
}

/** An error of a task as an Error of this process, with the task's own stack. */
function revived(wire: WireError): Error {
  const error = new Error(wire.message, wire.cause === undefined ? undefined : { cause: revived(wire.cause) })
  error.name = wire.name
  if (wire.stack !== undefined) error.stack = wire.stack
  if (wire.code !== undefined) Object.assign(error, { code: wire.code })
  return error
}
