import type { TsparkEvent } from '../../events/event.js'
import { plural } from '../../events/plural.js'
import { formatBytes } from './formatBytes.js'
import { formatSeconds } from './formatSeconds.js'

type EventOf<T extends TsparkEvent['type']> = Extract<TsparkEvent, { type: T }>

/** A stage that has ended, as one milestone line. */
export function stageEndedText(event: EventOf<'stage.ended'>): string {
  const shuffled = event.shuffleReadBytes + event.shuffleWriteBytes
  const details = [
    plural(event.tasks, 'task'),
    ...(event.failed > 0 ? [plural(event.failed, 'failed attempt')] : []),
    ...(event.speculated > 0 ? [`${plural(event.speculated, 'second attempt')} beside slow ones`] : []),
    ...(shuffled > 0 ? [`${formatBytes(shuffled)} shuffled`] : []),
    ...(event.spilledBytes > 0 ? [`${formatBytes(event.spilledBytes)} spilled`] : []),
  ]
  return `stage ${event.stageId} ${event.name} ${event.ok ? 'done' : 'failed'} in ${formatSeconds(event.seconds)}: ${details.join(', ')}${skewText(event.skew)}`
}

/** Why a stage had to wait for one of its tasks. */
function skewText(skew: EventOf<'stage.ended'>['skew']): string {
  if (!skew) return ''
  const keys = skew.keys.map(({ key, records }) => `${key} about ${records}`)
  return `\n  partition ${skew.partition} has ${plural(skew.records, 'record')}, half of the others at most ${skew.median}; largest keys: ${keys.join(', ')}`
}

/** A failed attempt in one line; attempts count from 1 for people. */
export function taskFailedText(event: EventOf<'task.failed'>): string {
  // attempts that did not count may make it more than that
  const of = event.attempt < event.maxAttempts ? ` of ${event.maxAttempts}` : ''
  const which = `stage ${event.stageId} (${event.stageName}) partition ${event.partition} attempt ${event.attempt + 1}${of}`
  return `${which} failed on executor ${event.executorId}: ${event.message}${event.willRetry ? '; trying again' : ''}`
}

/** A lost executor: how it ended, what probably happened, and its last words. */
export function executorLostText({ executorId, cause }: EventOf<'executor.removed'>): string {
  const ways = {
    exit: cause.exitCode === undefined ? 'ended' : `ended with exit code ${cause.exitCode}`,
    signal: `was killed by ${cause.signal ?? 'a signal'}`,
    lost: cause.guess === undefined ? 'was lost with its worker or connection' : 'was lost',
    killed: 'was stopped',
  }
  const guess = cause.guess ? ` (${cause.guess})` : ''
  const memory = cause.rss ? `, last seen with ${formatBytes(cause.rss)} of memory` : ''
  const words = (cause.stderr ?? []).slice(-5).map((line) => `\n  | ${line}`)
  return `executor ${executorId} ${ways[cause.kind]}${guess}${memory}${words.join('')}`
}

/** A task that runs a second time because it is slow. */
export function speculatedText({ stageId, stageName, partition, slowOn, executorId, seconds }: EventOf<'task.speculated'>): string {
  const which = `stage ${stageId} (${stageName}) partition ${partition}`
  return `${which} is slow on executor ${slowOn} (${formatSeconds(seconds)}): tried on executor ${executorId} too`
}

/** An executor or host that tasks are kept away from. */
export function executorExcludedText({ executorId, host, stageId, seconds }: EventOf<'executor.excluded'>): string {
  const who = executorId === undefined ? `host ${host}` : `executor ${executorId} on ${host}`
  const what =
    stageId === undefined
      ? `no tasks for ${formatSeconds(seconds ?? 0)}: tasks failed there that succeeded elsewhere`
      : `no more tasks of stage ${stageId}: they fail there`
  return `${who} gets ${what} (spark.excludeOnFailure)`
}

/** Who printed a line: the task, or the executor's module top level. */
export function outputPrefix(event: EventOf<'task.output'>): string {
  if (event.stageId === undefined || event.partition === undefined) return `[executor ${event.executorId}]`
  return `[stage ${event.stageId} task ${event.partition} executor ${event.executorId}]`
}
