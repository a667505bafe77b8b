import type { StageProgress } from '../../events/event.js'
import { formatBytes } from './formatBytes.js'
import { formatSeconds } from './formatSeconds.js'

/** One running stage in one line, at most `width` columns: tasks done + running / total, retries, bytes shuffled, seconds. */
export function progressText(stage: StageProgress, seconds: number, width: number): string {
  const retries = stage.failed === 0 ? '' : `  ${stage.failed} retried`
  const shuffled = stage.shuffleBytes === 0 ? '' : `  ${formatBytes(stage.shuffleBytes)} shuffled`
  const attempt = stage.stageAttempt === 0 ? '' : `.${stage.stageAttempt}`
  const tail = `  ${stage.done}+${stage.running}/${stage.total} tasks${retries}${shuffled}  ${formatSeconds(seconds)}`
  const head = `stage ${stage.stageId}${attempt} ${stage.name}`
  const room = width - tail.length
  return (head.length <= room ? head : `${head.slice(0, Math.max(8, room - 1))}…`) + tail
}
