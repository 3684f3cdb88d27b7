import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { pause, run } from './exec.ts'
import { stateDir } from './places.ts'
import { alive, end, type Running, running } from './process.ts'

/** Shows each host its own /proc/meminfo, loadavg and stat. */
export const lxcfsDir = `${stateDir}/lxcfs`

export async function lxcfsUp(known: Running | undefined): Promise<Running> {
  if (known && alive(known) && existsSync(`${lxcfsDir}/proc/meminfo`)) return known
  mkdirSync(lxcfsDir, { recursive: true })
  await run('umount', ['-l', lxcfsDir])
  const child = spawn('lxcfs', ['-l', '-p', `${stateDir}/lxcfs.pid`, lxcfsDir], {
    detached: true,
    stdio: 'ignore',
  })
  child.unref()
  for (let tries = 0; tries < 50; tries += 1) {
    if (child.pid !== undefined && existsSync(`${lxcfsDir}/proc/meminfo`)) return running(child.pid)
    await pause(100)
  }
  throw new Error('lxcfs does not start: is the package lxcfs installed, and is there /dev/fuse?')
}

export async function lxcfsDown(known: Running): Promise<void> {
  end(known, 'SIGTERM')
  for (let tries = 0; tries < 30 && alive(known); tries += 1) await pause(100)
  await run('umount', ['-l', lxcfsDir])
}
