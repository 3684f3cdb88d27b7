import { mkdirSync, rmSync } from 'node:fs'
import { botUser, keyPair, writeAccess } from './access.ts'
import { boot } from './boot.ts'
import { removeAllCgroups, removeCgroups } from './cgroups.ts'
import { folderOf, makeDisks, removeDisks } from './disk.ts'
import { eventually } from './exec.ts'
import type { Image } from './image.ts'
import { lxcfsDown, lxcfsUp } from './lxcfs.ts'
import { addressOf, networkDown, networkUp } from './network.ts'
import { keyFile, knownHostsFile, stateDir } from './places.ts'
import { alive, end, firstChild, running } from './process.ts'
import { settle } from './settle.ts'
import { type Grants, keep, keepLxcfs, type LabHost, readState } from './state.ts'

/** Boots a host from `image`. Answers when its services are healthy. */
export async function up(name: string, image: Image, grants: Grants): Promise<LabHost> {
  if (!/^[a-z][a-z0-9-]{0,11}$/.test(name)) throw new Error(`'${name}' is no host name: a-z, 0-9, 12 at most`)
  const known = readState().hosts[name]
  if (known?.leader && alive(known.leader)) return known
  if (known) await down(name)
  shared ??= startShared()
  await shared
  const host: LabHost = { name, number: freeNumber(), platform: image.platform, grants }
  keep(host)
  await makeDisks(name, image.dir)
  await settle(host)
  return keepAndShow(await boot(host))
}

/** Started once, however many hosts boot at the same time. */
let shared: Promise<void> | undefined

async function startShared(): Promise<void> {
  await networkUp()
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  await keyPair(keyFile)
  keepLxcfs(await lxcfsUp(readState().lxcfs))
}

function keepAndShow(host: LabHost): LabHost {
  keep(host)
  writeAccess(readState())
  return host
}

function freeNumber(): number {
  const taken = new Set(Object.values(readState().hosts).map(({ number }) => number))
  let number = 11
  while (taken.has(number)) number += 1
  return number
}

/** Runs a command over SSH as the login that diagnoses; with none, an interactive shell. */
export function sshArguments(host: LabHost, command: readonly string[]): string[] {
  const options = [
    '-i',
    keyFile,
    '-o',
    `UserKnownHostsFile=${knownHostsFile}`,
    '-o',
    'StrictHostKeyChecking=yes',
  ]
  return [...options, '-o', 'LogLevel=ERROR', `${botUser}@${addressOf(host.number)}`, ...command]
}

/** Stops a host at once and removes its disks, whatever state it is in. */
export async function down(name: string): Promise<void> {
  const host = readState().hosts[name]
  if (!host) return
  const leader = host.leader ?? childOf(host)
  if (leader) end(leader, 'SIGKILL')
  if (host.nspawn) {
    await eventually(5, () => (host.nspawn && alive(host.nspawn) ? undefined : true))
    end(host.nspawn, 'SIGKILL')
  }
  await removeDisks(name)
  await removeCgroups(name)
  rmSync(folderOf(name), { recursive: true, force: true })
  writeAccess(readState())
}

/** The init of a host whose start did not end. */
function childOf({ nspawn }: LabHost) {
  const pid = nspawn && alive(nspawn) ? firstChild(nspawn.pid) : undefined
  return pid === undefined ? undefined : running(pid)
}

/** All hosts, then what they shared. */
export async function downAll(): Promise<void> {
  for (const name of Object.keys(readState().hosts)) await down(name)
  shared = undefined
  const { lxcfs } = readState()
  if (lxcfs) await lxcfsDown(lxcfs)
  await networkDown()
  await removeAllCgroups()
  keepLxcfs(undefined)
}

/** A pristine host under the same name, in some seconds. */
export async function reset(name: string, image: Image, grants: Grants): Promise<LabHost> {
  await down(name)
  return up(name, image, grants)
}
