import * as v from 'valibot'
import { bytes, count, executorGrant, exitCause, id, resourceRequest, workerInfo } from './shapes.js'

// Worker <-> master and driver <-> master. Every connection begins with a WebSocket upgrade that carries the token,
// the role and the protocol version in headers (protocol/upgrade.ts); nothing is parsed before that is checked.

export const workerToMaster = v.variant('type', [
  v.object({
    type: v.literal('registerWorker'),
    worker: workerInfo,
    /** executors that run already: a worker that reconnects, or a master that restarted */
    executors: v.array(v.object({ appId: id, executorId: id, cores: count, memory: count })),
  }),
  v.object({ type: v.literal('heartbeat'), workerId: id }),
  v.object({ type: v.literal('executorStarted'), appId: id, executorId: id }),
  v.object({ type: v.literal('executorEnded'), appId: id, executorId: id, cause: exitCause }),
  /** the driver has said so; it counts if that driver is not connected, as right after a restart of the master */
  v.object({ type: v.literal('appOver'), appId: id }),
  /** it takes no more executors and will leave when those it has are idle, or soon anyway */
  v.object({ type: v.literal('draining'), workerId: id }),
  v.object({ type: v.literal('leaving'), workerId: id }),
])
export type WorkerToMaster = v.InferOutput<typeof workerToMaster>

export const masterToWorker = v.variant('type', [
  v.object({
    type: v.literal('registered'),
    masterId: id,
    knownApps: v.array(id),
    /** after so many ms without a heartbeat the worker counts as lost */
    workerTimeout: count,
  }),
  v.object({
    type: v.literal('launchExecutor'),
    appId: id,
    executorId: id,
    cores: count,
    memory: count,
    /** authenticates the application's driver and executors to this worker; never the cluster's token */
    appSecret: bytes,
  }),
  v.object({ type: v.literal('killExecutor'), appId: id, executorId: id, reason: v.string() }),
  /** the application is over: kill its executors, remove its files */
  v.object({ type: v.literal('appEnded'), appId: id }),
])
export type MasterToWorker = v.InferOutput<typeof masterToWorker>

export const driverToMaster = v.variant('type', [
  v.object({
    type: v.literal('registerApp'),
    name: v.string(),
    resources: resourceRequest,
    /** set by a driver that comes back after its connection or its master was lost */
    appId: v.optional(id),
    appSecret: v.optional(bytes),
    user: v.optional(v.string()),
  }),
  v.object({ type: v.literal('appProgress'), appId: id, tasksFinished: count }),
  /** how many executors it wants to have from now on; what it has above that it ends itself */
  v.object({ type: v.literal('requestExecutors'), appId: id, total: count }),
  v.object({ type: v.literal('unregisterApp'), appId: id }),
])
export type DriverToMaster = v.InferOutput<typeof driverToMaster>

export const masterToDriver = v.variant('type', [
  v.object({ type: v.literal('appRegistered'), appId: id, appSecret: bytes }),
  v.object({ type: v.literal('executorGranted'), grant: executorGrant }),
  v.object({ type: v.literal('executorEnded'), executorId: id, cause: exitCause }),
  v.object({ type: v.literal('workerLost'), workerId: id, reason: v.string() }),
  /** why nothing (more) is granted: which constraint, on which worker, behind whom; empty when nothing is missing */
  v.object({ type: v.literal('waiting'), reason: v.string() }),
  /** the application is refused or removed for good */
  v.object({ type: v.literal('appFailed'), code: v.string(), message: v.string() }),
])
export type MasterToDriver = v.InferOutput<typeof masterToDriver>
