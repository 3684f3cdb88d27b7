import { closeSync, openSync, readdirSync, readlinkSync, rmSync, writeSync } from 'node:fs'
import { asRoot } from './as-root.ts'
import { must, pause } from './exec.ts'
import type { LabHost } from './state.ts'

/**
 * The kernel log is the whole machine's, and a container sees none of it. So journald gets a FIFO as /dev/kmsg, which is unlinked as soon as
 * it is open (a program that read it would wait for ever), and the host's own lines are written there from here.
 */
export async function openKernelLog(host: LabHost): Promise<void> {
  const fifo = `/proc/${host.leader?.pid}/root/dev/kmsg`
  await must('mkfifo', ['-m', '600', fifo])
  const held = openSync(fifo, 'r+')
  await asRoot(host, 'systemctl restart systemd-journald')
  rmSync(fifo)
  closeSync(held)
}

const forwarded = new Set<string>()

/**
 * Writes the lines about the host's out-of-memory kills since it was booted (an earlier host had the same name), the same line once, into
 * its journal as the kernel's.
 */
export async function forwardKernelLog(host: LabHost): Promise<void> {
  const lines = ownLines(host.name, await must('dmesg', ['--raw'])).filter(
    (line) => stampOf(line) > (host.bootedAt ?? 0) && !forwarded.has(line),
  )
  if (lines.length === 0) return
  const fifo = await journaldFifo(host)
  if (fifo === undefined) throw new Error(`${host.name}: journald does not read the kernel log`)
  const out = openSync(fifo, 'w')
  for (const line of lines) {
    forwarded.add(line)
    writeSync(out, kmsgRecord(line.replaceAll(`/lab/${host.name}`, '')))
    // journald takes what one read gives it for one record.
    await pause(20)
  }
  closeSync(out)
}

/** Seconds since this machine was booted, of a line as `dmesg --raw` prints it: `<4>[ 4999.230161] text`. */
const stampOf = (line: string): number => Number(/^<\d+>\[\s*([\d.]+)\]/.exec(line)?.[1] ?? 0)

/** The line as /dev/kmsg gives it: level, sequence number, microseconds. */
function kmsgRecord(line: string): string {
  const [, level = '4', text = ''] = /^<(\d+)>\[[^\]]*\] (.*)$/.exec(line) ?? []
  const micros = Math.round(stampOf(line) * 1e6)
  return `${level},${micros},${micros},-;${text}\n`
}

/** An oom-kill line names the cgroup; the lines around it ("invoked oom-killer", "Killed process") belong to it. */
export function ownLines(name: string, log: string): string[] {
  const lines = log.split('\n')
  return lines.flatMap((line, at) => {
    if (!line.includes('oom-kill:') || !line.includes(`/lab/${name}/`)) return []
    const before = lines
      .slice(Math.max(0, at - 40), at)
      .findLast((earlier) => earlier.includes('invoked oom-killer'))
    const after = lines.slice(at + 1, at + 4).find((later) => later.includes('Killed process'))
    return [before, line, after].filter((one) => one !== undefined)
  })
}

async function journaldFifo(host: LabHost): Promise<string | undefined> {
  const inside = (await asRoot(host, 'systemctl show -P MainPID systemd-journald')).out.trim()
  const folder = `/proc/${host.leader?.pid}/root/proc/${inside}/fd`
  return readdirSync(folder)
    .map((fd) => `${folder}/${fd}`)
    .find((fd) => readlinkSync(fd).startsWith('/dev/kmsg'))
}
