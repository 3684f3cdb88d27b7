import type { Duplex } from 'node:stream'
import { NodeSSH } from 'node-ssh'
import type { Client, ParsedKey, PublicKeyAuthMethod, ServerHostKeyAlgorithm } from 'ssh2'
import { type Deadline, startDeadline } from '../async/deadline.ts'
import { type Failed, failed, networkError, stopped, unreachable } from './connect-failure.ts'
import type { KeyVerdict } from './keys/verify-host-key.ts'
import type { Hop } from './outcome.ts'
import { dial, forward, type Via } from './tcp-stream.ts'

/** A dead peer is found after three unanswered seconds. */
const KEEPALIVE = { keepaliveInterval: 1_000, keepaliveCountMax: 3 }
const CLOSING_MS = 500

/** An SSH connection to one hop, verified and authenticated. */
export interface OpenHop extends Via {
  /** SHA256:… of its verified host key. */
  readonly fingerprint: string
  /** Why the connection ended, once it has. */
  lost(): string | undefined
  close(): Promise<void>
}

/** Judges the server's host key before a credential is sent. `algorithms`: which keys to ask for, best first. */
export interface HostKeyCheck {
  readonly algorithms: ServerHostKeyAlgorithm[]
  judge(blob: Buffer): KeyVerdict
}

export interface HopOptions {
  /** Undefined: nobody logs in. The hop only shows its host key. */
  readonly key: ParsedKey | undefined
  readonly hostKeyCheck: HostKeyCheck
  readonly ms: number
  readonly signal: AbortSignal | undefined
}

export type HopOpened = { readonly ok: true; readonly open: OpenHop } | Failed

/** Opens one hop, directly or through the one before it, within `ms`. Authenticates once, with this key only. */
export async function openHop(hop: Hop, via: OpenHop | undefined, options: HopOptions): Promise<HopOpened> {
  const deadline = startDeadline(options.ms, options.signal)
  try {
    const line = via ? await forward(hop, via, deadline, options.ms) : await dial(hop, deadline, options.ms)
    return line.ok ? await handshake(hop, line.stream, options, deadline) : line
  } finally {
    deadline.clear()
  }
}

async function handshake(
  hop: Hop,
  stream: Duplex,
  options: HopOptions,
  deadline: Deadline,
): Promise<HopOpened> {
  const { key, hostKeyCheck } = options
  const ssh = new NodeSSH()
  let verdict: KeyVerdict | undefined
  const connecting = ssh.connect({
    sock: stream,
    username: hop.user,
    authHandler: key ? [publicKeyOnly(hop, key)] : [],
    algorithms: { serverHostKey: hostKeyCheck.algorithms },
    hostVerifier: (blob: Buffer) => {
      verdict = hostKeyCheck.judge(blob)
      return verdict.trusted
    },
    readyTimeout: 0, // the deadline above is the limit
    ...KEEPALIVE,
  })
  const { connection: client } = ssh
  if (!client) throw new Error('node-ssh has no connection while it connects')
  const watched = watch(client, stream)
  const result = await Promise.race([connecting.catch((error: Error) => error), deadline.reached])
  if (result instanceof NodeSSH && verdict?.trusted) {
    return { ok: true, open: { hop, client, fingerprint: verdict.fingerprint, ...watched } }
  }
  stream.destroy()
  if (verdict && !verdict.trusted) return { ok: false, failure: verdict.failure }
  if (result === 'aborted') return stopped(hop)
  if (result === 'deadline') {
    return unreachable(hop, `SSH was not ready within ${options.ms / 1000} s`)
  }
  if (verdict) return explainLogin(hop, result)
  return explainGreeting(hop, result)
}

const publicKeyOnly = (hop: Hop, key: ParsedKey): PublicKeyAuthMethod => ({
  type: 'publickey',
  username: hop.user,
  key,
})

/**
 * Listens for errors for good: without a listener, a connection that breaks while idle would end this
 * process.
 */
function watch(client: Client, stream: Duplex): Pick<OpenHop, 'lost' | 'close'> {
  let why: string | undefined
  client.on('error', (error: NodeJS.ErrnoException) => {
    why ??= error.message === 'Keepalive timeout' ? 'the host stopped answering' : networkError(error)
  })
  const closed = new Promise<void>((resolve) =>
    client.once('close', () => {
      why ??= 'the host closed it'
      resolve()
    }),
  )
  return {
    lost: () => why,
    close: async () => {
      client.end() // nothing where it is closed already
      const deadline = startDeadline(CLOSING_MS)
      await Promise.race([closed, deadline.reached])
      deadline.clear()
      stream.destroy()
    },
  }
}

function explainLogin(hop: Hop, error: unknown): Failed {
  const refused = error instanceof Error && 'level' in error && error.level === 'client-authentication'
  return failed(
    hop,
    'authentication',
    refused
      ? `it refused the key ${hop.keyFile} for the user ${hop.user}`
      : `it ended the login of the user ${hop.user} (${networkError(error as Error)})`,
    `add the public key to ~${hop.user}/.ssh/authorized_keys on ${hop.name}`,
  )
}

function explainGreeting(hop: Hop, error: unknown): Failed {
  const why = error instanceof Error ? error : new Error('no host key was shown')
  const shared = /no matching (.+)/.exec(why.message)?.[1]
  return shared
    ? failed(hop, 'session', `its SSH server and this client share no ${shared}`, 'update its OpenSSH server')
    : unreachable(hop, `the connection broke before SSH was ready (${networkError(why)})`)
}
