import { networkInterfaces } from 'node:os'

/** The host that others should dial when a daemon listens on `host`: of "every address" the first that is no loopback. */
export function advertisedHost(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return addresses.find((address) => !address.internal && address.family === 'IPv4')?.address ?? '127.0.0.1'
}
