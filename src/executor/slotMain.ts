import { parentPort, workerData } from 'node:worker_threads'
import type { SlotInit, ToSlot } from './slotMessages.js'
import { SlotThread } from './slotThread.js'

const port = parentPort!
const thread = new SlotThread(workerData as SlotInit, (message, transfer) => port.postMessage(message, transfer))
port.on('message', (message: ToSlot) => thread.receive(message))
