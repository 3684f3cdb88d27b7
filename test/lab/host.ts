import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { botUser, hostKeyFile, keyPair, writeAccess } from './access.ts'
import { asRoot } from './as-root.ts'
import { makeCgroups, removeAllCgroups, removeCgroups } from './cgroups.ts'
import { dataOf, folderOf, makeDisks, removeDisks, rootOf } from './disk.ts'
import { must, pause, run } from './exec.ts'
import { openKernelLog } from './kernel-log.ts'
import { lxcfsDir, lxcfsDown, lxcfsUp } from './lxcfs.ts'
import { addressOf, bridge, gateway, networkDown, networkUp } from './network.ts'
import { keyFile, knownHostsFile, stateDir } from './places.ts'
import { alive, end, firstChild, running } from './process.ts'
import { changeState, forget, type Grants, keep, type LabHost, readState } from './state.ts'

/** Boots a host from `image`. Answers when its services are healthy. */
export async function up(name: string, image: string, grants: Grants): Promise<LabHost> {
  if (!/^[a-z][a-z0-9-]{0,11}$/.test(name)) throw new Error(`'${name}' is no host name: a-z, 0-9, 12 at most`)
  const known = readState().hosts[name]
  if (known?.leader && alive(known.leader)) return known
  if (known) await down(name)
  shared ??= startShared()
  await shared
  const host: LabHost = { name, number: freeNumber(), grants }
  keep(host)
  await makeDisks(name, image)
  await settle(host)
  return keepAndShow(await boot(host))
}

/** Started once, however many hosts boot at the same time. */
let shared: Promise<void> | undefined

async function startShared(): Promise<void> {
  await networkUp()
  const lxcfs = await lxcfsUp(readState().lxcfs)
  changeState((state) => ({ ...state, lxcfs }))
}

function keepAndShow(host: LabHost): LabHost {
  writeAccess(keep(host))
  return host
}

function freeNumber(): number {
  const taken = new Set(Object.values(readState().hosts).map(({ number }) => number))
  let number = 11
  while (taken.has(number)) number += 1
  return number
}

/** What makes this host itself: name, address, keys, grants. */
async function settle({ name, number, grants: { sudo } }: LabHost): Promise<void> {
  const root = rootOf(name)
  const hostKey = hostKeyFile(name)
  await keyPair(hostKey)
  const botKey = await keyPair(keyFile)
  const write = (file: string, text: string, mode = 0o644): void => writeFileSync(root + file, text, { mode })
  write('/etc/hostname', `${name}\n`)
  write('/etc/hosts', `127.0.0.1 localhost\n127.0.1.1 ${name}\n::1 localhost ip6-localhost ip6-loopback\n`)
  write('/etc/machine-id', `${randomBytes(16).toString('hex')}\n`)
  const address = `[Network]\nAddress=${addressOf(number)}/24\nGateway=${gateway}\n`
  write('/etc/systemd/network/10-host0.network', `[Match]\nName=host0\n\n${address}`)
  write('/etc/ssh/ssh_host_ed25519_key', readFileSync(hostKey, 'utf8'), 0o600)
  write('/etc/ssh/ssh_host_ed25519_key.pub', readFileSync(`${hostKey}.pub`, 'utf8'))
  await must('chroot', [
    root,
    'install',
    '-d',
    '-o',
    botUser,
    '-g',
    botUser,
    '-m',
    '700',
    `/home/${botUser}/.ssh`,
  ])
  write(`/home/${botUser}/.ssh/authorized_keys`, `${botKey}\n`)
  if (sudo !== 'none') write('/etc/sudoers.d/debvisor-bot', sudoers(sudo), 0o440)
}

const sudoers = (sudo: string): string =>
  sudo === 'all' ? `${botUser} ALL=(ALL:ALL) NOPASSWD: ALL\n` : readFileSync(sudo, 'utf8')

async function boot(host: LabHost): Promise<LabHost> {
  const { name } = host
  const log = openSync(`${folderOf(name)}/console.log`, 'w')
  const groups = makeCgroups(name).map((dir) => `echo $$ >${dir}/cgroup.procs`)
  const nspawn = [
    'systemd-nspawn -q',
    `-D ${rootOf(name)}`,
    `-M ${name}`,
    `--hostname=${name}`,
    `--network-bridge=${bridge}`,
    '--register=no',
    '--keep-unit',
    '--kill-signal=SIGRTMIN+3',
    '--resolv-conf=off',
    '--timezone=off',
    '--link-journal=no',
    '--console=read-only',
    '--drop-capability=CAP_SYSLOG',
    `--bind=${dataOf(name)}:/var/lib/debvisor`,
    `--bind-ro=${lxcfsDir}:/run/lab-lxcfs`,
    '/usr/lib/lab-init',
  ]
  const child = spawn('/bin/sh', ['-c', [...groups, `exec ${nspawn.join(' ')}`].join('\n')], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network' },
  })
  child.unref()
  if (child.pid === undefined)
    throw new Error('systemd-nspawn does not start: is systemd-container installed?')
  const started = { ...host, nspawn: running(child.pid) }
  keep(started)
  const leader = await eventually(20, () => leaderOf(child.pid as number))
  if (leader === undefined) throw new Error(`${name} does not boot: see ${folderOf(name)}/console.log`)
  const booted = { ...started, leader: running(leader) }
  keep(booted)
  await healthy(booted)
  await openKernelLog(booted)
  if (host.grants.pgMonitor) await asRoot(booted, pgMonitor)
  return booted
}

const pgMonitor = `runuser -u postgres -- psql -Xq -c 'CREATE ROLE "${botUser}" LOGIN IN ROLE pg_monitor'`

/** The process that nspawn started, as soon as it is systemd. */
function leaderOf(nspawn: number): number | undefined {
  const pid = firstChild(nspawn)
  if (pid === undefined) return undefined
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'systemd' ? pid : undefined
  } catch {
    return undefined
  }
}

async function eventually<T>(
  seconds: number,
  find: () => T | undefined | Promise<T | undefined>,
): Promise<T | undefined> {
  const end = Date.now() + seconds * 1000
  while (Date.now() < end) {
    const found = await find()
    if (found !== undefined) return found
    await pause(100)
  }
  return undefined
}

/** Waits until a dashboard would work: API, Socket.IO through nginx, sshd. */
async function healthy(host: LabHost): Promise<void> {
  const at = addressOf(host.number)
  const check = `curl -sf -m 2 http://${at}/api/health >/dev/null && exec 3<>/dev/tcp/${at}/22`
  const good = await eventually(40, async () =>
    (await run('bash', ['-c', check])).code === 0 ? true : undefined,
  )
  if (good) return
  const state = await asRoot(host, 'systemctl --failed --no-legend; journalctl -n 30 --no-pager')
  throw new Error(`${host.name} boots but its services are not healthy:\n${state.out}${state.err}`)
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
  writeAccess(forget(name))
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
  if (existsSync(stateDir)) changeState(() => ({ hosts: {} }))
}

/** A pristine host under the same name, in some seconds. */
export async function reset(name: string, image: string, grants: Grants): Promise<LabHost> {
  await down(name)
  return up(name, image, grants)
}
