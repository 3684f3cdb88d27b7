import { expect, it } from 'vitest'
import { ssListen } from '../../../../src/engine/parsers/special/ss-listen.ts'
import { refusal, rowsOf } from '../parsed.ts'

it('reads ss as root', () => {
  const text = `tcp   LISTEN 0      511          0.0.0.0:80        0.0.0.0:*    users:(("nginx",pid=812,fd=6),("nginx",pid=811,fd=6))
udp   UNCONN 0      0      127.0.0.53%lo:53        0.0.0.0:*    users:(("systemd-resolve",pid=401,fd=13))
tcp   LISTEN 0      128             [::]:22           [::]:*    users:(("sshd",pid=700,fd=4))
`
  expect(rowsOf(ssListen, text)).toEqual([
    row('tcp', '0.0.0.0', 80n, true, 'nginx', 812n, 0n, 511n),
    row('udp', '127.0.0.53%lo', 53n, false, 'systemd-resolve', 401n, 0n, 0n),
    row('tcp', '::', 22n, true, 'sshd', 700n, 0n, 128n),
  ])
})

it('reads ss of one protocol with its header, as a login that may not see processes', () => {
  const text = `State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess
LISTEN 5      128             *:8080             *:*
`
  expect(rowsOf(ssListen, text)).toEqual([row('tcp', '*', 8080n, true, undefined, undefined, 5n, 128n)])
})

it('reads netstat', () => {
  const text = `(Not all processes could be identified, non-owned process info
 will not be shown, you would have to be root to see it all.)
Active Internet connections (only servers)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp        0      0 127.0.0.1:5432          0.0.0.0:*               LISTEN      640/postgres
tcp6       0      0 :::80                   :::*                    LISTEN      811/nginx: master p
udp        0      0 0.0.0.0:68              0.0.0.0:*                           512/dhclient
tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      -
`
  expect(rowsOf(ssListen, text)).toEqual([
    row('tcp', '127.0.0.1', 5432n, false, 'postgres', 640n, 0n, 0n),
    row('tcp', '::', 80n, true, 'nginx', 811n, 0n, 0n),
    row('udp', '0.0.0.0', 68n, true, 'dhclient', 512n, 0n, 0n),
    row('tcp', '0.0.0.0', 22n, true, undefined, undefined, 0n, 0n),
  ])
})

it('is empty where nothing listens', () => {
  expect(rowsOf(ssListen, '')).toEqual([])
})

it('does not understand another text', () => {
  expect(refusal(ssListen, 'Cannot open netlink socket: Permission denied')).toContain('Permission denied')
  expect(refusal(ssListen, 'tcp LISTEN 0 1 nonsense 0.0.0.0:*')).toContain('nonsense')
})

const row = (
  proto: string,
  localAddress: string,
  port: bigint,
  wildcard: boolean,
  process: string | undefined,
  pid: bigint | undefined,
  recvq: bigint,
  sendq: bigint,
) => ({ proto, localAddress, port, wildcard, process, pid, recvq, sendq })
