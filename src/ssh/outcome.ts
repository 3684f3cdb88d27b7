/** What the SSH layer is asked to do and what it answers. Nothing here throws: failure is a value. */

/**
 * A command for a host. `shell` is text for /bin/sh, run as the login user. `privileged` is one argv of constants and
 * inventory values, run through `sudo -n` unless the login is root: it never sees a shell.
 */
export type Command =
  | { readonly id: string; readonly kind: 'shell'; readonly script: string; readonly timeoutMs: number }
  | {
      readonly id: string
      readonly kind: 'privileged'
      readonly argv: readonly string[]
      readonly timeoutMs: number
    }

interface Streams {
  /** At most KEPT_BYTES of each stream, as the host sent them. */
  readonly stdout: Buffer
  readonly stderr: Buffer
  /** Wall time on the host, milliseconds. */
  readonly ms: number
}

/**
 * `exited`: it ended by itself. `signalled`: something else killed it. `timed-out`: we killed it, with all that it
 * started; `leftover` counts processes that we may not kill (root's, under a sudoers line without TIMEOUT=). `cut`: it
 * wrote more than is kept, and was killed at STOP_BYTES. `refused`: sudo would not run it. `lost`: the connection ended
 * before the answer.
 */
export type Outcome =
  | (Streams & { readonly status: 'exited'; readonly code: number })
  | (Streams & { readonly status: 'signalled'; readonly signal: string })
  | (Streams & { readonly status: 'timed-out'; readonly leftover: number })
  | (Streams & { readonly status: 'cut' })
  | (Streams & { readonly status: 'refused'; readonly reason: string })
  | { readonly status: 'lost'; readonly reason: string; readonly ms: number }

/** S18: kept of each stream of a probe, and where a probe that goes on writing is stopped. */
export const KEPT_BYTES = 64 * 1024
export const STOP_BYTES = 1024 * 1024

/** Where a connection failed, for the thread: "at host1: the host key is not pinned". */
export interface ConnectFailure {
  /** Inventory name of the hop that failed (a jump host or the host itself). */
  readonly hop: string
  readonly stage: 'inventory' | 'key-file' | 'network' | 'host-key' | 'authentication' | 'session'
  /**
   * Of the stage `host-key`, where the key was not found to be a wrong one: none is pinned, or the pinned ones could not
   * be read. Absent: it has changed, is revoked or is no key.
   */
  readonly hostKey?: 'not-pinned' | 'not-checked'
  /** One sentence. */
  readonly reason: string
  readonly remedy: string
}

/**
 * What a TCP connect from outside to a port of the host came to. `stopped`: the run was stopped meanwhile. `failed`: an
 * error that none of the other words fits. `ms`: wall time, milliseconds.
 */
export interface PortCheck {
  readonly answer: 'ok' | 'refused' | 'timed out' | 'no route' | 'failed' | 'stopped'
  /** "the bot", "the jump host bastion". */
  readonly from: string
  /** "10.0.0.11 port 80". */
  readonly to: string
  readonly ms: number
}

/** What commands took from the host, by its own account. */
export interface Spent {
  /** CPU time of the commands, of all that they started, and of the program that ran them: milliseconds. */
  readonly cpuMs: number
  /** Processes and threads that the host started meanwhile, whoever started them. */
  readonly processes: number
  /** The part of each command in `cpuMs`, by id. */
  readonly byCommand: ReadonlyMap<string, number>
}

export interface RunOptions {
  readonly onOutcome?: (id: string, outcome: Outcome) => void
  /** Called at the end, where the host told it. */
  readonly onSpent?: (spent: Spent) => void
  /** All others on the host go first: for looks, which must not make a sick host sicker. */
  readonly gentle?: boolean
  readonly signal?: AbortSignal
  readonly mayStart?: () => Promise<boolean>
}

/** One connection to one host. A run has one. */
export interface Session {
  /** SHA256:… of the host key that was verified; undefined where the host is this machine. */
  readonly fingerprint: string | undefined
  /** The login's name, for remedies ("usermod -aG systemd-journal USER"). */
  readonly user: string
  /**
   * Runs all commands side by side in one round trip. Resolves with an outcome for each, in any case; `onOutcome` is
   * called as each one ends. An aborted `signal` ends all of them on the host. `mayStart` is asked once the host is
   * ready to take them, right before they are sent: where it answers false nothing is sent, and all of them are `lost`.
   */
  run(commands: readonly Command[], options?: RunOptions): Promise<ReadonlyMap<string, Outcome>>
  /** Tries a TCP port of the host from outside. Undefined where the host is this machine: there is no outside. */
  readonly checkPort:
    | ((port: number, options: { readonly ms: number; readonly signal?: AbortSignal }) => Promise<PortCheck>)
    | undefined
  close(): Promise<void>
}

export type Connected =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly failure: ConnectFailure }

/** One hop: where to connect and as whom. Comes from the inventory only. */
export interface Hop {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly user: string
  /** Path of the private key; undefined for a `local` host. */
  readonly keyFile: string | undefined
}

/** How to reach a host: jump hosts first, the host last; or this machine itself. */
export type Route = { readonly kind: 'local' } | { readonly kind: 'ssh'; readonly hops: readonly Hop[] }
