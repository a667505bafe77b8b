import type { TsparkEvent } from '../events/event.js'
import type { Archive } from '../sources/archive.js'
import type { Conf } from './settings.js'
import type { ResourceRequest } from './shapes.js'

// `tspark submit` <-> its driver, over the child's IPC channel (JSON). The driver starts while the job is still being
// built, so its options come first and the artifact later.

/** Options of a run, checked by the command line. Durations are milliseconds, sizes bytes. */
export interface RunOptions {
  master: string
  name: string
  resources: ResourceRequest
  args: string[]
  /** absolute path of the job file, for messages */
  jobFile: string
  token?: string
  queueTimeout?: number
  taskTimeout?: number
  /** checked; see settings.ts */
  conf: Conf
  localDirs: string[]
  files: string[]
  archives: Archive[]
}

/** What build/ hands over: all paths absolute. */
export interface Artifact {
  /** sha256 of the bundle, the artifact's id */
  hash: string
  bundlePath: string
  mapPath: string
  /** JSON sidecar: function positions, capture names; read by the driver only when something goes wrong */
  metaPath: string
  externals: string[]
}

export type SubmitToDriver =
  | { type: 'options'; options: RunOptions }
  | { type: 'run'; artifact: Artifact }
  | { type: 'cancel'; reason: string; exitCode: number }
  | { type: 'force' }

export type DriverToSubmit =
  | { type: 'event'; event: TsparkEvent }
  /** the run is over; the process ends right after with this code */
  | { type: 'finished'; exitCode: number; error?: RunError }

/** A failure as the terminal shows it, already mapped to the user's sources. */
export interface RunError {
  code: string
  name: string
  message: string
  /** file:line:col of the throw or of the call */
  location?: string
  codeFrame?: string
  /** the user's own frames, one a line, mapped */
  stack?: string[]
  /** frames of the engine too; shown with --debug */
  rawStack?: string
  hint?: string
  stage?: { id: number; name: string; partition: number; attempt: number; executorId: string }
  causes?: string[]
}
