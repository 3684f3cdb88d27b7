import { connect as connectTcp } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import type { Deadline } from '../async/deadline.ts'
import { type Failed, failed, networkError, stopped, unreachable } from './connect-failure.ts'
import type { Hop } from './outcome.ts'

/** RFC 4254, 5.1. */
const PROHIBITED = 1

/** The stream that carries an SSH connection. */
export type Stream = { readonly ok: true; readonly stream: Duplex } | Failed

/** An open hop that carries the next one. */
export interface Via {
  readonly hop: Hop
  readonly client: Client
}

/** Straight over TCP. */
export async function dial(hop: Hop, deadline: Deadline, ms: number): Promise<Stream> {
  // With Nagle's algorithm, which ssh2 leaves on, a handshake takes half as long again.
  const socket = connectTcp({ host: hop.address, port: hop.port, noDelay: true })
  const result = await Promise.race([
    new Promise<'connected'>((resolve) => socket.once('connect', () => resolve('connected'))),
    new Promise<NodeJS.ErrnoException>((resolve) => socket.on('error', resolve)),
    deadline.reached,
  ])
  if (result === 'connected') return { ok: true, stream: socket }
  socket.destroy()
  if (result === 'aborted') return stopped(hop)
  return unreachable(hop, result === 'deadline' ? `no answer within ${ms / 1000} s` : networkError(result))
}

/** Through the hop before (ProxyJump). */
export async function forward(hop: Hop, via: Via, deadline: Deadline, ms: number): Promise<Stream> {
  const opening = new Promise<Duplex | (Error & { reason?: unknown })>((resolve) => {
    try {
      via.client.forwardOut('127.0.0.1', 0, hop.address, hop.port, (error, channel) =>
        resolve(error ?? channel),
      )
    } catch (error) {
      resolve(error as Error)
    }
  })
  const result = await Promise.race([opening, deadline.reached])
  if (result === 'aborted') return stopped(hop)
  if (result === 'deadline')
    return unreachable(hop, `no answer through ${via.hop.name} within ${ms / 1000} s`)
  if (!(result instanceof Error)) return { ok: true, stream: result }
  if (result.reason !== PROHIBITED) return unreachable(hop, `${via.hop.name} cannot connect to it`)
  return failed(
    via.hop,
    'session',
    'it does not forward connections',
    'allow it in its sshd_config: AllowTcpForwarding yes',
  )
}
