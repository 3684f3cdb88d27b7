import { isIPv4 } from 'node:net'

/** This machine: what is sent there crosses no network, so it may go without TLS. `hostname` as URL gives it. */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'))
