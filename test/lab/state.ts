import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { stateDir } from './places.ts'
import type { PlatformName } from './platforms/platform.ts'
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
  readonly platform: PlatformName
  readonly grants: Grants
  /** Seconds on the clock of the kernel log when it was booted. */
  readonly bootedAt?: number
  readonly nspawn?: Running
  /** Its systemd, seen from here. */
  readonly leader?: Running
}

export interface State {
  readonly lxcfs?: Running
  readonly hosts: Readonly<Record<string, LabHost>>
}

const hostsDir = `${stateDir}/hosts`
const lxcfsFile = `${stateDir}/lxcfs.json`

/** A file a host: two commands at the same time do not lose what the other one notes. */
export function readState(): State {
  const hosts = names().flatMap((name) => read<LabHost>(`${hostsDir}/${name}/host.json`) ?? [])
  const lxcfs = read<Running>(lxcfsFile)
  return { ...(lxcfs ? { lxcfs } : {}), hosts: Object.fromEntries(hosts.map((host) => [host.name, host])) }
}

const names = (): string[] => (existsSync(hostsDir) ? readdirSync(hostsDir) : [])

export function keep(host: LabHost): void {
  mkdirSync(`${hostsDir}/${host.name}`, { recursive: true })
  write(`${hostsDir}/${host.name}/host.json`, host)
}

export function keepLxcfs(lxcfs: Running | undefined): void {
  if (lxcfs) write(lxcfsFile, lxcfs)
  else rmSync(lxcfsFile, { force: true })
}

function read<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function write(file: string, value: unknown): void {
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(value, null, 2))
  renameSync(`${file}.${process.pid}`, file)
}
