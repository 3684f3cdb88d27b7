import { describe, expect, it } from 'vitest'
import { compareWithSibling } from '../../src/snapshots/siblings.ts'
import type { Snapshot } from '../../src/snapshots/snapshot.ts'

const NOON = 1_795_500_000
const HOUR = 3_600
const fact = (area: string, key: string, value: string, number = '', check = ''): string =>
  [area, key, number, check, value].join('\t')

/** A host of the group, with what is each one's own. */
const host = (n: number, ...more: readonly string[]): Snapshot => ({
  at: NOON + (n === 1 ? HOUR : 0),
  hostKey: `SHA256:${n}`,
  asked: { probe: 'x' },
  answers: {
    probe: [
      fact('host', 'machine-id', `${n}${n}${n}`),
      fact('host', 'name', `web${n}.example.org`),
      fact('host', 'boot id', `${n}-boot`),
      fact('host', 'now', '', `${NOON + n}`),
      fact('address', `eth0 10.0.0.${n}/24`, 'inet scope global'),
      ...more,
      'end\t\t\t\tprobe',
    ],
  },
})
const compared = (sibling: readonly string[], own: readonly string[]) => {
  const result = compareWithSibling(
    { name: 'web2', snapshot: host(2, ...sibling) },
    { name: 'web1', snapshot: host(1, ...own) },
  )
  if (!result.ok) throw new Error(result.reason)
  return result.compared
}
const differences = (sibling: readonly string[], own: readonly string[]): string[] =>
  compared(sibling, own).differences.map(({ object, was, now }) => `${object}: ${was || '∅'} → ${now || '∅'}`)

describe('a host beside a sibling that is well', () => {
  it('differs in the lines, settings and packages in which they differ', () => {
    const line = (text: string) => fact('line', '/etc/nginx/nginx.conf', text, '3', 'abc')
    expect(
      compared(
        [line('gzip on;'), fact('setting', 'work_mem', '4MB'), fact('package', 'redis', '7')],
        [line('gzip off;'), fact('setting', 'work_mem', '64kB')],
      ),
    ).toMatchObject({
      with: { kind: 'sibling', name: 'web2' },
      seconds: HOUR,
      differences: [
        {
          object: '/etc/nginx/nginx.conf:3',
          was: 'gzip on;',
          now: 'gzip off;',
          unlike: { kind: 'sibling', name: 'web2' },
        },
        { object: 'work_mem', was: '4MB', now: '64kB', unlike: { kind: 'sibling', name: 'web2' } },
        { object: 'redis', was: '7', now: '', unlike: { kind: 'sibling', name: 'web2' } },
      ],
    })
  })

  it.each<[string, (n: number) => string]>([
    ['its name', (n) => fact('line', '/etc/app.conf', `node = web${n}`, '1', `a${n}`)],
    ['its full name', (n) => fact('line', '/etc/app.conf', `server_name web${n}.example.org;`, '1', `a${n}`)],
    ['its address', (n) => fact('setting', 'listen_addresses', `10.0.0.${n}, localhost`)],
    ['its address with a port', (n) => fact('line', '/etc/app.conf', `listen 10.0.0.${n}:80;`, '1', `a${n}`)],
    [
      'its name in a path',
      (n) => fact('file', `/etc/app/web${n}.conf`, 'root:root 0644 file 9 abcdefabcdef'),
    ],
    ['a secret of its own', (n) => fact('line', '/etc/app.env', 'PASSWORD=(hidden)', '1', `a0${n}`)],
    ['a password of a role', (n) => fact('role', 'app password', `SCRAM-SHA-256 ab${n}`)],
    ['keys', (n) => fact('file', '/etc/ssh/ssh_host_key.pub', `root:root 0644 file 9 ${n}`)],
    ['a certificate', (n) => fact('file', '/etc/ssl/site.pem', `root:root 0644 file 9 ${n}`)],
    ['the digest of a file with a secret', (n) => fact('file', '/etc/x', `root:root 0644 file ${n} ab${n}`)],
    ['the number of a user', (n) => fact('user', 'ann', `100${n} ann /home/ann /bin/sh`)],
    ['a secret setting of its own', (n) => fact('setting', 'app.api_key', `(hidden ab${n}) (user)`)],
    [
      'where PostgreSQL numbers its tables',
      (n) => fact('table', 'd.public.v', `view owner app definition ${n}bcdefabcdef`),
    ],
    ['where a rule names them', (n) => fact('rule', 'd.public.t.r', `enabled O ${n}bcdefabcdef`)],
    ['where a function does', (n) => fact('function', 'd.public.f()', `owner app ${n}bcdefabcdef`)],
    ['where a function with a secret does', (n) => fact('function', 'd.public.f()', `owner app ${n}bc`)],
    ['all tables as a whole', (n) => fact('table', 'all of d.public', `300 tables ${n}bcdefabcdef`)],
    ['all functions as a whole', (n) => fact('function', 'all of d', `300 ${n}bcdefabcdef`)],
    ['addresses in the order of rules', (n) => fact('hba', 'order', `${n}bcdefabcdef`)],
    ['tasks by its memory', (n) => fact('unit', 'debvisor.service TasksMax', `${n}000`)],
    ['processes by its memory', (n) => fact('unit', 'debvisor.service LimitNPROCSoft', `${n}000`)],
    [
      'the size of what lies in its memory',
      (n) => fact('mount', '/run', `tmpfs tmpfs nodev,rw,size=${n}000k`),
    ],
    ['its disks', (n) => fact('mount', '/', `ext4 /dev/vd${n} rw`)],
    ['what the kernel works out', (n) => fact('sysctl', 'net.ipv4.tcp_mem', `${n} ${n} ${n}`)],
    [
      'files of which only a digest of many is known',
      (n) => fact('file', 'all of /opt/x', `9 files ${n} newest a`),
    ],
  ])('does not differ in %s', (_, own) => {
    expect(differences([own(2)], [own(1)])).toEqual([])
  })

  it.each<[string, string, string]>([
    [
      'rights',
      fact('file', '/etc/x', 'root:root 0644 file 3 ab1'),
      fact('file', '/etc/x', 'root:root 0600 file 3 ab1'),
    ],
    ['what is mounted how', fact('mount', '/', 'ext4 /dev/a rw'), fact('mount', '/', 'ext4 /dev/b ro')],
    ['another address', fact('setting', 'x', '10.0.0.99'), fact('setting', 'x', '10.0.0.98')],
    [
      'what belongs to a table',
      fact('table', 'all of d.public.t', '9 parts aaaaaaaaaaaa'),
      fact('table', 'all of d.public.t', '9 parts bbbbbbbbbbbb'),
    ],
    [
      'who owns a view',
      fact('table', 'd.public.v', 'view owner app definition aaaaaaaaaaaa'),
      fact('table', 'd.public.v', 'view owner root definition bbbbbbbbbbbb'),
    ],
    ['a longer name', fact('setting', 'x', 'web22'), fact('setting', 'x', 'web11')],
    ['a kernel setting', fact('sysctl', 'vm.swappiness', '60'), fact('sysctl', 'vm.swappiness', '1')],
    [
      'the program',
      fact('file', '/x', 'a:a 0755 file 3 aaaaaaaaaaaa'),
      fact('file', '/x', 'a:a 0755 file 3 bbbbbbbbbbbb'),
    ],
  ])('differs in %s', (_, sibling, own) => {
    expect(differences([sibling], [own])).toHaveLength(1)
  })

  it('is alike where a host is called as a program is', () => {
    const line = fact('line', '/etc/nginx/nginx.conf', 'user www-data;', '1')
    const result = compareWithSibling(
      { name: 'nginx', snapshot: host(2, line) },
      { name: 'web1', snapshot: host(1, line) },
    )
    expect(result).toMatchObject({ compared: { differences: [] } })
  })

  it('is not compared where it was asked in another way', () => {
    const result = compareWithSibling(
      { name: 'web2', snapshot: { ...host(2), asked: { probe: 'y' } } },
      { name: 'web1', snapshot: host(1) },
    )
    expect(result).toEqual({ ok: false, reason: expect.stringContaining('asked the same') })
  })
})
