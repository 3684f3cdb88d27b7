import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { altered, causes, diagnose, finding, runbooks } from './diagnosis.ts'

/** A host with net-tools and without iproute2: these programs and no others. Perl runs the wave itself. */
let bin: string
beforeAll(() => {
  bin = mkdtempSync(join(tmpdir(), 'debvisor-bin-'))
  for (const name of ['perl']) {
    const found = spawnSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()
    symlinkSync(found, join(bin, name))
  }
})
afterAll(() => rmSync(bin, { recursive: true, force: true }))

/** What netstat of net-tools 2.10 prints as root; `pid` is a process that is there. */
const printed = (pid: number): string => `Active Internet connections (only servers)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp        0      0 0.0.0.0:8080            0.0.0.0:*               LISTEN      ${pid}/python3
tcp        0      0 127.0.0.1:5432          0.0.0.0:*               LISTEN      -
tcp6       0      0 :::80                   :::*                    LISTEN      999999/nginx: maste
udp        0      0 0.0.0.0:68              0.0.0.0:*                           512/dhclient
`

function listeners(text: string): string {
  writeFileSync(join(bin, 'netstat'), `#!/bin/sh\n[ "$1" = -tulpn ] && printf '%s' '${text}'\n`)
  chmodSync(join(bin, 'netstat'), 0o755)
  const script = runbooks.topics.get('service')?.probes.get('listeners')?.run ?? ''
  const ran = spawnSync('/bin/sh', ['-c', script], { env: { PATH: bin }, encoding: 'utf8' })
  expect(ran).toMatchObject({ status: 0, stderr: '' })
  return ran.stdout
}

it('where there is no ss, netstat says the same in its words', () => {
  const [first, second, third, ...more] = listeners(printed(process.pid)).trimEnd().split('\n')
  expect(first).toMatch(
    new RegExp(
      `^tcp LISTEN 0 0 0\\.0\\.0\\.0:8080 0\\.0\\.0\\.0:\\* users:\\(\\("python3",pid=${process.pid},fd=0\\)\\)( cgroup:/|$)`,
    ),
  )
  expect(second).toBe('tcp LISTEN 0 0 127.0.0.1:5432 0.0.0.0:* -')
  expect(third).toBe('tcp LISTEN 0 0 :::80 :::* users:(("nginx",pid=999999,fd=0))')
  expect(more).toEqual([])
})

it('and the process that holds the port is named', () => {
  const report = diagnose('service', {
    changes: {
      listeners: listeners(printed(process.pid)),
      http: '/api/health\t0\t0\tconnect: Connection refused\n',
      unit: altered('unit', ['ActiveState=failed', 'SubState=failed', 'MainPID=0', 'TriedAgo=20']),
      said: 'now=1795496538 zone=+0000\n2026-11-24 05:02:10,001 ERROR [Errno 98] Address already in use\n',
    },
  })
  expect(causes(report)).toContain('debvisor.port-conflict')
  expect(finding(report, 'debvisor.port-conflict').detail).toContain(`python3 (pid ${process.pid})`)
})

it('a host with neither says so', () => {
  rmSync(join(bin, 'netstat'))
  const script = runbooks.topics.get('service')?.probes.get('listeners')?.run ?? ''
  expect(spawnSync('/bin/sh', ['-c', script], { env: { PATH: bin } }).status).toBe(127)
})
