/** What the suite and the process of its hosts say to each other. Plain data: it goes between processes. */

export type HostKind = 'recorded' | 'gauge' | 'hostile'

/** How a hostile host behaves once somebody has logged in; `silent`: it never says that it speaks SSH. */
export const hostilities = ['silent', 'stuck', 'garbage', 'half', 'flood', 'liar'] as const
export type Hostility = (typeof hostilities)[number]

export interface WantedHost {
  readonly name: string
  readonly kind: HostKind
  /** Of `recorded`. */
  readonly folder?: string
  /** Of `hostile`. */
  readonly how?: Hostility
}

export interface OpenedHost extends WantedHost {
  /** An address of this machine's loopback; a recorded host has one of its own, with the ports that were open there. */
  readonly address: string
  /** Of the wire in front of it, which can be cut. */
  readonly port: number
  /** "ssh-ed25519 AAAA…" */
  readonly hostKey: string
  readonly topic: string
  readonly variables: Readonly<Record<string, unknown>>
  /** What an undisturbed look concludes; undefined: it changes with what is done to the host, or nothing can be concluded. */
  readonly verdict?: string
}

export interface Opened {
  readonly hosts: readonly OpenedHost[]
  /** Private keys of the login that diagnoses, and of the one that fixes. */
  readonly keys: { readonly diagnose: string; readonly fix: string }
}

export type ToHosts =
  | { readonly say: 'open'; readonly hosts: readonly WantedHost[]; readonly runbooks: readonly string[] }
  /** The first of these that somebody is connected to. */
  | { readonly say: 'cut'; readonly hosts: readonly string[]; readonly how: 'rst' | 'fin' | 'freeze' }
  | { readonly say: 'count' }

export type FromHosts =
  | { readonly say: 'opened'; readonly opened: Opened }
  /** A command of a fix has arrived whole: from here on the host does it, whatever becomes of whoever sent it. */
  | { readonly say: 'fix-command'; readonly host: string; readonly step: string; readonly at: number }
  /** The login for fixes asks for a command, and has no answer yet. */
  | { readonly say: 'fix-login'; readonly host: string }
  | { readonly say: 'counted'; readonly counts: HostCounts }

export interface HostCounts {
  readonly connections: number
  /** Connections that were open when their wire was cut. */
  readonly cut: number
  /** Commands that a recorded host was asked, and those that its recording does not know. */
  readonly asked: number
  readonly unknown: number
}

export const LOGINS = { diagnose: 'debvisor-bot', fix: 'debvisor-fix' } as const

/** Paths of the gauge's scripts: they exist nowhere, a simulated host knows them by name. */
export const GAUGE = { look: '/chaos/look', count: '/chaos/count', mend: '/chaos/mend' } as const
