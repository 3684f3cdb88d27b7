import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { run } from './exec.ts'

const root = '/sys/fs/cgroup'
const controllers = [
  'cpu',
  'cpuacct',
  'cpuset',
  'memory',
  'devices',
  'freezer',
  'blkio',
  'pids',
  'systemd',
  'unified',
]

/** The hierarchies of this machine: one under cgroup v2, one a controller under v1. */
const hierarchies = (): string[] =>
  existsSync(`${root}/cgroup.controllers`)
    ? [root]
    : controllers.map((name) => `${root}/${name}`).filter((dir) => existsSync(dir))

const groupsOf = (host: string): string[] => hierarchies().map((dir) => `${dir}/lab/${host}`)

/** Makes the cgroups that a host boots in; answers their folders. */
export function makeCgroups(host: string): string[] {
  for (const dir of groupsOf(host)) {
    mkdirSync(dir, { recursive: true })
    if (dir.startsWith(`${root}/cpuset/`)) for (const at of [`${root}/cpuset/lab`, dir]) inheritCpus(at)
    limitMemory(dir)
  }
  return groupsOf(host)
}

/** A new v1 cpuset is empty, and no process may enter it. */
function inheritCpus(dir: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    writeFileSync(`${dir}/${file}`, readFileSync(`${dir}/../${file}`, 'utf8').trim())
  }
  writeFileSync(`${dir}/cgroup.clone_children`, '1')
}

/** A host has 1 GB, so that one that uses up its memory harms no other. */
function limitMemory(dir: string): void {
  for (const file of ['memory.limit_in_bytes', 'memory.max']) {
    if (existsSync(`${dir}/${file}`)) writeFileSync(`${dir}/${file}`, '1G')
  }
}

export async function removeCgroups(host: string): Promise<void> {
  for (const dir of groupsOf(host).filter((dir) => existsSync(dir))) {
    await run('find', [dir, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';'])
  }
}

export async function removeAllCgroups(): Promise<void> {
  for (const dir of hierarchies().filter((dir) => existsSync(`${dir}/lab`))) {
    await run('find', [`${dir}/lab`, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';'])
  }
}
