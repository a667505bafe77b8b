import { PROTOCOL_VERSION } from './version.js'

/** Who dials: a worker or a driver to a master, a driver or an executor to a worker. */
export type Role = 'worker' | 'driver' | 'executor'

export interface Credentials {
  /** the cluster's token towards a master, the application's secret (hex) towards a worker */
  token: string
  role: Role
  /** application id, towards a worker only */
  app?: string
}

/** The headers that every request carries: who asks, for which application, in which version. */
export function requestHeaders(credentials: Credentials): Record<string, string> {
  return {
    authorization: `Bearer ${credentials.token}`,
    'x-tspark-role': credentials.role,
    'x-tspark-protocol': String(PROTOCOL_VERSION),
    ...(credentials.app === undefined ? {} : { 'x-tspark-app': credentials.app }),
  }
}
