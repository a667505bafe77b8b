import type { MapOutput } from '../taskHost.js'

/** What a task gives: bytes for the driver, or the output of a map task. */
export type TaskOutput = { kind: 'result'; bytes: Uint8Array } | { kind: 'map'; output: MapOutput }
