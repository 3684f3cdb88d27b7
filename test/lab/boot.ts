import { spawn } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { uptime } from 'node:os'
import { botUser } from './access.ts'
import { asRoot } from './as-root.ts'
import { makeCgroups } from './cgroups.ts'
import { dataOf, folderOf, rootOf } from './disk.ts'
import { eventually, run } from './exec.ts'
import { openKernelLog } from './kernel-log.ts'
import { lxcfsDir } from './lxcfs.ts'
import { addressOf, bridge } from './network.ts'
import { wordsOf } from './platforms/words.ts'
import { firstChild, running } from './process.ts'
import { keep, type LabHost } from './state.ts'

/** Starts a container whose disks are there. Answers when its services are healthy. */
export async function boot(host: LabHost): Promise<LabHost> {
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
  const started = { ...host, nspawn: running(child.pid), bootedAt: uptime() }
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

/** Waits until a dashboard would work, and sshd answers from here. */
async function healthy(host: LabHost): Promise<void> {
  const { prelude, ready } = wordsOf(host.platform)
  const ssh = `exec 3<>/dev/tcp/${addressOf(host.number)}/22`
  let said = ''
  const good = await eventually(60, async () => {
    const { code, out } = await asRoot(host, `${prelude}\n${ready}\n`)
    said = out
    return code === 0 && (await run('bash', ['-c', ssh])).code === 0 ? true : undefined
  })
  if (good) return
  const state = await asRoot(host, 'systemctl --failed --no-legend; journalctl -n 30 --no-pager')
  throw new Error(`${host.name} boots but its services are not healthy:\n${said}${state.out}${state.err}`)
}
