import { expect, it } from 'vitest'
import { differsFromPackages } from '../../src/snapshots/packages.ts'
import { record } from '../engine/sample-runbook.ts'

const NOON = 1_795_500_000
const said = (...lines: readonly string[]) =>
  differsFromPackages([record('packages', { stdout: lines.join('\n') })], NOON)
const END = 'end\t\t\t\tpackages'

it('says of each file what its package is, whether people edit it, and when it changed by the host’s clock', () => {
  expect(
    said(
      'file\t/usr/sbin/nginx\t500\t\tnginx-core file changed',
      'file\t/etc/nginx/mime.types\t\t\tnginx-common conffile missing',
      'file\t/odd\t\t\tgibberish',
      'file\t/odd\t\t\t$(reboot) file changed',
      'host\tnow\t800\t\t-',
      'unseen\tfile\t\t\t/etc/x: permission denied',
      'unseen\tfile\t\t\t: dpkg took more than 3 s',
      END,
    ),
  ).toEqual({
    with: { kind: 'packages' },
    seconds: 0,
    differences: [
      {
        probe: 'packages',
        area: 'file',
        object: '/usr/sbin/nginx',
        was: 'as in package nginx-core',
        now: 'another content',
        age: 300,
        unlike: { kind: 'package', name: 'nginx-core', conffile: false },
        followed: false,
      },
      {
        probe: 'packages',
        area: 'file',
        object: '/etc/nginx/mime.types',
        was: 'as in package nginx-common',
        now: '',
        unlike: { kind: 'package', name: 'nginx-common', conffile: true },
        followed: false,
      },
    ],
    unseen: ['file /etc/x: permission denied', 'file: dpkg took more than 3 s'],
  })
})

it('says nothing where the answer is cut, or did not come', () => {
  expect(said('file\t/usr/sbin/nginx\t500\t\tnginx-core file changed')).toBeUndefined()
  expect(
    differsFromPackages([record('packages', { status: 'timed-out', exitCode: null })], NOON),
  ).toBeUndefined()
  expect(differsFromPackages([], NOON)).toBeUndefined()
})
