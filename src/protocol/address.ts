/** `tspark://host:port`, with the brackets an IPv6 address needs. */
export function formatAddress(host: string, port: number): string {
  return `tspark://${host.includes(':') ? `[${host}]` : host}:${port}`
}
