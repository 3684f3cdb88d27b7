import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { stateDir } from './places.ts'
import type { Running } from './process.ts'

/** What its login may do beside reading journals and logs. */
export interface Grants {
  /** `none`, `all` or a sudoers file. */
  readonly sudo: string
  /** A role of PostgreSQL that may read statistics. */
  readonly pgMonitor?: boolean
}

/** One host that is up, or was when something crashed. */
export interface LabHost {
  readonly name: string
  /** Last octet of its address. */
  readonly number: number
  readonly grants: Grants
  readonly nspawn?: Running
  /** Its systemd, seen from here. */
  readonly leader?: Running
}

export interface State {
  readonly lxcfs?: Running
  readonly hosts: Readonly<Record<string, LabHost>>
}

const file = `${stateDir}/state.json`

export function readState(): State {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as State
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { hosts: {} }
    throw error
  }
}

export function changeState(change: (state: State) => State): State {
  const next = change(readState())
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.new`, JSON.stringify(next, null, 2))
  renameSync(`${file}.new`, file)
  return next
}

export const keep = (host: LabHost): State =>
  changeState((state) => ({ ...state, hosts: { ...state.hosts, [host.name]: host } }))

export const forget = (name: string): State =>
  changeState((state) => {
    const { [name]: _gone, ...hosts } = state.hosts
    return { ...state, hosts }
  })
