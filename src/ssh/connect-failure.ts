import type { ConnectFailure, Hop } from './outcome.ts'

export interface Failed {
  readonly ok: false
  readonly failure: ConnectFailure
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to its network',
  ENOTFOUND: 'the name is not in DNS',
  EAI_AGAIN: 'DNS does not answer',
  ETIMEDOUT: 'no answer',
}

export const networkError = (error: NodeJS.ErrnoException): string =>
  REASONS[error.code ?? ''] ?? error.message

export const failed = (hop: Hop, stage: ConnectFailure['stage'], reason: string, remedy: string): Failed => ({
  ok: false,
  failure: { hop: hop.name, stage, reason, remedy },
})

export const unreachable = (hop: Hop, reason: string): Failed =>
  failed(
    hop,
    'network',
    `${hop.address} port ${hop.port}: ${reason}`,
    'check that it is up, that sshd runs and that a firewall lets this machine in',
  )

export const stopped = (hop: Hop): Failed =>
  failed(hop, 'network', 'the run was stopped while connecting', 'start it again')
