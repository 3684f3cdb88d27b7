import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { causes, diagnose, missing, onlySshd } from './diagnosis.ts'
import { evidenceOf, plant, runScript, scriptOf } from './scripts.ts'

/** PostgreSQL and nginx as RHEL and its kin have them: other units and folders, which are parameters and no forks. */
const root = mkdtempSync(join(tmpdir(), 'debvisor-elsewhere-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const data = join(root, 'var/lib/pgsql/15/data')
const variables = {
  pgUnit: 'postgresql-15',
  pgData: data,
  pgPort: 5433,
  nginxFile: join(root, 'etc/nginx/nginx.conf'),
}

beforeAll(() => {
  plant(root, {
    'var/lib/pgsql/15/data/postgresql.conf':
      "listen_addresses = '*'\nport = 5433\nmax_connections = 200\nlogging_collector = on\nlog_filename = 'postgresql-%a.log'\n",
    'var/lib/pgsql/15/data/log/postgresql-Wed.log':
      '2026-11-25 12:00:00.000 UTC [812] FATAL:  could not write lock file "postmaster.pid": No space left on device\n',
    'etc/nginx/nginx.conf': `http {\n  include ${root}/etc/nginx/conf.d/*.conf;\n}\n`,
    'etc/nginx/conf.d/debvisor.conf':
      'server { listen 80; location / { proxy_pass http://127.0.0.1:8080; } }\n',
  })
  plant(join(root, 'bin'), { journalctl: '#!/bin/sh\nexit 0\n' }, 0o755)
  chmodSync(data, 0o700)
})

const ask = (topic: string, id: string) =>
  evidenceOf(topic, id, runScript(scriptOf(topic, id, variables), join(root, 'bin')))

describe('PostgreSQL elsewhere', () => {
  it('has its configuration in its data folder', () => {
    const own = ask('db', 'pg_files').rows.filter(({ conf }) => conf === join(data, 'postgresql.conf'))
    expect(own).toMatchObject([{ data, mode: '700', listen: '*', port: 5433n, slots: 200n }])
  })

  it('has its log there too', () => {
    expect(ask('db', 'pg_said').rows.map(({ text }) => text)).toEqual([
      expect.stringContaining('No space left on device'),
    ])
  })

  it('is asked for by its own unit', () => {
    expect(scriptOf('db', 'pg_units', variables)).toContain("systemctl show 'postgresql-15'")
    expect(scriptOf('db', 'pg_status', variables)).toContain("'postgresql-15'")
  })

  it('is told to be down without the tools of Debian', () => {
    const report = diagnose('db', {
      variables,
      changes: {
        pg_clusters: missing,
        pg_processes: '',
        pg_files: '',
        listeners: onlySshd,
        pg_units:
          'Result=exit-code\nExecMainCode=1\nExecMainStatus=1\nId=postgresql-15.service\nLoadState=loaded\nActiveState=failed\nSubState=failed\nStateChangeTimestamp=\n',
        pg_hello: 'connect=Connection refused\n',
        pg_ready: { exitCode: 2, stdout: 'localhost:5432 - no response\n' },
        pg_said: 'now=1795496539 zone=+0000\n',
      },
    })
    expect(causes(report)).toEqual(['postgresql.down'])
  })
})

describe('nginx elsewhere', () => {
  it('has its sites in conf.d', () => {
    const rows = ask('websocket', 'nginx_config').rows.filter(({ name }) => name === 'proxy_pass')
    expect(rows).toMatchObject([{ file: join(root, 'etc/nginx/conf.d/debvisor.conf'), line: 1n }])
  })
})
