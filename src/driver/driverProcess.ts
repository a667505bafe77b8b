import type { SubmitToDriver } from '../protocol/submitMessages.js'
import { OutputCommitter } from '../sources/outputCommitter.js'
import { Driver } from './driver.js'

const driver = new Driver((message) => process.send?.(message, undefined, undefined, () => {}))
process.on('message', (message: SubmitToDriver) => driver.receive(message))
// submit was killed: nobody waits for the result
process.on('disconnect', () => driver.abandoned())
if (!process.connected) driver.abandoned()
// main may end while it saves, by an error beside the save or by process.exit
process.on('exit', () => OutputCommitter.abandonAll())
