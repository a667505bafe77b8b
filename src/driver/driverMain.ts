import type { SubmitToDriver } from '../protocol/submitMessages.js'
import { Driver } from './driver.js'

// Terminals send Ctrl-C to the whole group: submit decides what it means.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

const driver = new Driver((message) => process.send?.(message, undefined, undefined, () => {}))
process.on('message', (message: SubmitToDriver) => driver.receive(message))
// submit was killed: nobody waits for the result
process.on('disconnect', () => driver.abandoned())
