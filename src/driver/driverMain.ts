import { executorFlags } from '../worker/executorFlags.js'
import { startSpareExecutor } from '../worker/spareExecutor.js'

// Terminals send Ctrl-C to the whole group: submit decides what it means.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
// the executor of an embedded worker of so many cores starts while this process still loads
const workerCores = Number(process.argv[2] ?? 0)
if (workerCores > 0) startSpareExecutor(executorFlags(workerCores))
await import('./driverProcess.js')
