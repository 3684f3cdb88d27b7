import { expect, it } from 'vitest'
import { componentOfDifference, isBehind } from '../../../src/engine/suspects/components.ts'
import { kindsOf, kinshipOf } from '../../../src/engine/suspects/kindred.ts'
import type { Difference } from '../../../src/findings/difference.ts'
import { difference } from './sample-trouble.ts'

const line = (now: string): Difference => difference('line', '/etc/x/site.conf:3', { was: '', now })

it.each<[string, Difference, 'exact' | 'kindred' | 'none']>([
  ['requests wait', line('limit_req zone=a;'), 'kindred'],
  ['requests wait', line('gzip on;'), 'none'],
  ['the api takes 4.1 s', difference('index', 'd.public.t.i', { now: '' }), 'kindred'],
  ['postgresql refuses a statement', difference('trigger', 'd.public.t.refuse', { was: '' }), 'kindred'],
  ['nginx answers 413', line('client_max_body_size 1k;'), 'kindred'],
  [
    'permission denied',
    difference('file', '/srv/x', { was: 'a:a 0600 file', now: 'b:b 0600 file' }),
    'kindred',
  ],
  [
    'permission denied',
    difference('file', '/srv/x', { was: 'a:a 0600 file 1', now: 'a:a 0600 file 2' }),
    'none',
  ],
  ['the certificate is expired', line('ssl_certificate /etc/x.pem;'), 'kindred'],
  ['the certificate is expired', line('gzip on;'), 'none'],
  ['[errno 27] file too large', difference('unit', 'x.service LimitFSIZE'), 'exact'],
  ['[errno 24] too many open files', difference('unit', 'x.service LimitFSIZE'), 'none'],
  ['all is well', line('limit_req zone=a;'), 'none'],
])('“%s” and its kin, %#', (trouble, changed, expected) => {
  expect(kinshipOf(changed, kindsOf(trouble))).toBe(expected)
})

it.each([
  [difference('setting', 'work_mem'), 'PostgreSQL'],
  [difference('role setting', 'debvisor work_mem'), 'PostgreSQL'],
  [difference('file', '/etc/postgresql/15/main/pg_hba.conf'), 'PostgreSQL'],
  [difference('line', '/etc/nginx/sites-enabled/debvisor:3'), 'nginx'],
  [difference('unit', 'debvisor.service Nice'), 'DebVisor'],
  [difference('package', 'python3.11'), 'DebVisor'],
  [difference('package', 'nodejs'), 'DebVisor'],
  [difference('package', 'prometheus-node-exporter'), 'the host'],
  [difference('sysctl', 'vm.swappiness'), 'the host'],
] as const)('%# belongs where people would look for it', (one, component) => {
  expect(componentOfDifference(one)).toBe(component)
})

it('knows the way of a request', () => {
  expect(isBehind('PostgreSQL', 'nginx')).toBe(true)
  expect(isBehind('nginx', 'nginx')).toBe(false)
  expect(isBehind('nginx', 'the host')).toBe(false)
})
