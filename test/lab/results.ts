import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Fault, Topic } from './faults/fault.ts'
import type { Judged } from './judge.ts'
import { repoDir } from './places.ts'
import type { PlatformName } from './platforms/platform.ts'

/** One case and what the CLI said of it. */
export interface Row extends Judged {
  readonly id: string
  readonly topic: Topic
  readonly kind: Fault['kind']
  readonly cause: string
  /** Built without sight of the rules. */
  readonly unseen: boolean
  /** The lab itself failed: this row measures nothing. */
  readonly broken: boolean
  /** Of the CLI alone, from its start to its end. */
  readonly seconds: number
}

/** `granted`: what `debvisor sudoers` prints for the host, and pg_monitor. `login`: the groups adm and systemd-journal only. */
export const rightsOf = ['granted', 'login'] as const
export type Rights = (typeof rightsOf)[number]

/** A whole `score`, as --json writes it and `table` reads it. */
export interface Results {
  readonly commit: string
  /** ISO 8601, UTC. */
  readonly at: string
  readonly rights: Rights
  /** Absent in results that are older than the second platform: `guide`. */
  readonly platform?: PlatformName
  /** Each host had seen harmless changes. */
  readonly churn?: boolean
  /** The CLI was given a snapshot of the pristine host. */
  readonly snapshot?: boolean
  readonly rows: readonly Row[]
}

/** How a score was taken. */
export type Taken = Pick<Results, 'rights' | 'platform' | 'churn' | 'snapshot'>

export const resultsOf = (taken: Taken, rows: readonly Row[]): Results => ({
  commit: execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
    cwd: repoDir,
    encoding: 'utf8',
  }).trim(),
  at: `${new Date().toISOString().slice(0, 16)}Z`,
  ...taken,
  rows,
})

export const writeResults = (file: string, results: Results): void =>
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)

export const readResults = (file: string): Results => JSON.parse(readFileSync(file, 'utf8')) as Results

export interface Total {
  readonly name: string
  readonly right: number
  /** Of the right ones: those where no cause was proved and the first suspect is the guilty one. */
  readonly bySuspect: number
  /** Suspects on healthy hosts. */
  readonly falseSuspects: number
  readonly of: number
  readonly slowest: number
}

/** Faults by topic, all faults, those that were built without sight of the rules, pairs, healthy hosts; groups without a case are left out. */
export function totals(rows: readonly Row[]): Total[] {
  const topics: readonly Topic[] = ['service', 'db', 'websocket', 'performance']
  const faults = rows.filter(({ kind }) => kind === 'fault')
  const groups: (readonly [string, readonly Row[]])[] = [
    ...topics.map((topic) => [topic, faults.filter((row) => row.topic === topic)] as const),
    ['all faults', faults],
    ['unseen faults', faults.filter(({ unseen }) => unseen)],
    ['pairs', rows.filter(({ kind }) => kind === 'pair')],
    ['healthy', rows.filter(({ kind }) => kind === 'healthy')],
  ]
  return groups
    .filter(([, group]) => group.length > 0)
    .map(([name, group]) => ({
      name,
      right: group.filter(({ right }) => right).length,
      bySuspect: group.filter(({ right, by }) => right && by === 'suspect').length,
      falseSuspects: group.reduce((sum, row) => sum + (row.falseSuspects ?? 0), 0),
      of: group.length,
      slowest: Math.max(...group.map(({ seconds }) => seconds)),
    }))
}

export const percent = ({ right, of }: Total): string => `${((100 * right) / of).toFixed(0)} %`
