import { type Ran, run } from './exec.ts'
import { alive } from './process.ts'
import type { LabHost } from './state.ts'

/** Runs a shell script as root on the host; it arrives on stdin, so nothing of it can be seen there. */
export async function asRoot(host: LabHost, script: string, seconds = 60): Promise<Ran> {
  if (!host.leader || !alive(host.leader)) throw new Error(`${host.name} is not up`)
  const into = ['-t', String(host.leader.pid), '-m', '-u', '-i', '-n', '-p', '-C', '-r', '-w']
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', HOME: '/root' }
  return run('nsenter', [...into, '/bin/sh', '-s'], { input: script, seconds, env })
}
