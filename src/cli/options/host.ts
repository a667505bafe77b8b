import { InvalidArgumentError } from 'commander'

/** A host name or an address to listen on. */
export function parseHost(text: string): string {
  const host = text.trim().replace(/^\[(.*)\]$/, '$1')
  if (/^[\w.:%-]{1,253}$/.test(host)) return host
  throw new InvalidArgumentError('a host is a name or an address without scheme and port: 127.0.0.1, 0.0.0.0, node7.')
}
