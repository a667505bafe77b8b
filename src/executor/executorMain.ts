import type { WorkerToExecutor } from '../protocol/workerMessages.js'
import { Executor } from './executor.js'

// The worker's channel is this process's life line.
process.on('disconnect', () => process.exit(0))

let executor: Executor | undefined
process.on('message', (message: WorkerToExecutor) => {
  if (message.type === 'init') executor = new Executor(message, (out, sent) => process.send?.(out, undefined, undefined, sent ?? (() => {})))
  else if (message.type === 'stop') process.exit(0)
  else executor?.receive(message)
})
