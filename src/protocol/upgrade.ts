import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Role } from './headers.js'
import { PROTOCOL_VERSION } from './version.js'

/** Who is at the other end, once the headers of a request have been checked. */
export interface Peer {
  role: Role
  app?: string
}

/** An HTTP answer that ends a request before anything of it was used. */
export interface Refusal {
  status: 401 | 403 | 426
  body: string
}

/** Gives the secret that a request must carry, `undefined` when there is none for its application. */
export type SecretFor = (app: string | undefined) => string | undefined

const ROLES: readonly string[] = ['worker', 'driver', 'executor'] satisfies Role[]
const APP_ID = /^[\w.:-]{1,128}$/

/** Decides on a request by its headers alone: the secret first, in constant time, then origin, version and role. */
export function checkHeaders(headers: IncomingHttpHeaders, secretFor: SecretFor): Peer | Refusal {
  const app = headers['x-tspark-app']
  const given = /^Bearer ([\x21-\x7e]{1,512})$/.exec(headers.authorization ?? '')?.[1] ?? ''
  const appId = typeof app === 'string' && APP_ID.test(app) ? app : undefined
  const wanted = app === undefined || appId !== undefined ? secretFor(appId) : undefined
  // Compared even if there is nothing to compare with: the time must not tell which applications exist.
  const same = sameSecret(given, wanted ?? 'none')
  if (!same || wanted === undefined || wanted === '') return { status: 401, body: 'not authorised' }
  if (headers.origin !== undefined) return { status: 403, body: 'browsers are not served' }
  if (headers['x-tspark-protocol'] !== String(PROTOCOL_VERSION)) {
    return { status: 426, body: JSON.stringify({ code: 'TSPARK_VERSION', protocol: PROTOCOL_VERSION }) }
  }
  const role = headers['x-tspark-role']
  if (typeof role !== 'string' || !isRole(role)) return { status: 403, body: 'unknown role' }
  return appId === undefined ? { role } : { role, app: appId }
}

/** Compares two secrets without telling by its time where they differ. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function isRole(text: string): text is Role {
  return ROLES.includes(text)
}
