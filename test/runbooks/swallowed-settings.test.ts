import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Changes, causes, diagnose, finding, runbooks, since } from './diagnosis.ts'
import { plant } from './scripts.ts'

const noPassword =
  'psycopg2.OperationalError: connection to server at "localhost" (::1), port 5432 failed: fe_sendauth: no password supplied'

/** Requests fail with this line, and the environment file, which is closed to the login, has these. */
const fails = (line: string, env_swallowed: string, more: Changes = {}): Changes => ({
  said: since([`00+0000 python3[99]: ${line}`]),
  said_again: since([`00+0000 python3[99]: ${line}`]),
  http: '/api/health\t500\t9\tapplication/json {}\n',
  paths: '',
  unit_settings: '',
  env_order: 'closed\t1\t/opt/debvisor/.env\t0\t/lib/systemd/system/debvisor.service:12\n',
  env_swallowed,
  ...more,
})
const below = (holder: string, name: string): string => `${holder}${name}\t2\t/opt/debvisor/.env:3\n`

describe('a line of an environment file that swallows the next one', () => {
  it('is the cause where the password is not set by it any more', () => {
    const changes = fails(noPassword, below('SECRET_KEY\\', 'DATABASE_PASSWORD'))
    const report = diagnose('db', { changes })
    expect(causes(report)).toEqual(['debvisor.setting-swallowed'])
    expect(finding(report, 'debvisor.setting-swallowed')).toMatchObject({
      title: 'DATABASE_PASSWORD is no variable for systemd: the line above it ends with a backslash',
      subject: '/opt/debvisor/.env:2',
      detail: expect.stringContaining('Line 2 of /opt/debvisor/.env (SECRET_KEY) ends with a backslash'),
    })
    expect(finding(report, 'debvisor.setting-swallowed').resolution[0]).toContain(
      'sed -i "2s/[\\\\]*$//" /opt/debvisor/.env',
    )
    expect(finding(report, 'postgresql.password-wrong').role).toBe('consequence')
  })

  it('is told of a file that the login may read too, with a quote that is not closed', () => {
    const env_order = `file\t1\t/etc/debvisor/env\t0\t/lib/systemd/system/debvisor.service:12
set\t1\tBANNER\t1\t/etc/debvisor/env:2
swallowed\t1\tBANNER"DATABASE_URL\t2\t/etc/debvisor/env:5
`
    const report = diagnose('db', { changes: fails(noPassword, '', { env_order }) })
    expect(causes(report)).toEqual(['debvisor.setting-swallowed'])
    expect(finding(report, 'debvisor.setting-swallowed').title).toBe(
      'DATABASE_URL is no variable for systemd: a quote above it is not closed',
    )
  })

  it.each([
    [
      'the password that has another line in it',
      'FATAL: password authentication failed for user "debvisor"',
      below('DB_PASSWORD\\', 'SECRET_KEY'),
    ],
    ['a name that the program misses', "KeyError: 'MAIL_FROM'", below("A'", 'MAIL_FROM')],
    [
      'the role, which has a default',
      'FATAL: role "root" does not exist',
      below('SECRET_KEY\\', 'DATABASE_USER'),
    ],
  ])('is the cause of %s', (_, line, rows) => {
    expect(causes(diagnose('db', { changes: fails(line, rows) }))).toContain('debvisor.setting-swallowed')
  })

  it.each([
    ['has nothing to do with the failure', noPassword, below('OPTIONS\\', 'CACHE_DIR'), {}],
    ['hides a URL of something else', noPassword, below('OPTIONS\\', 'PUBLIC_URL'), {}],
    [
      'is set again by the unit',
      noPassword,
      below('SECRET_KEY\\', 'DATABASE_PASSWORD'),
      {
        env_order:
          'set\t0\tDATABASE_PASSWORD\t1\t/etc/d.conf:2\nclosed\t1\t/opt/debvisor/.env\t0\t/lib/d.service:12\n',
      },
    ],
    [
      'stands in a file that systemd does not read',
      noPassword,
      'SECRET_KEY\\DATABASE_PASSWORD\t2\t/etc/default/debvisor:3\n',
      {},
    ],
  ])('that %s is not blamed', (_, line, rows, more: Changes) => {
    const report = diagnose('db', { changes: fails(line, rows, more) })
    expect(report.findings.map(({ id }) => id)).not.toContain('debvisor.setting-swallowed')
  })

  it('is not looked for on a healthy host', () => {
    expect(diagnose('service').probes.find(({ id }) => id === 'env_swallowed')?.status).toBe('skipped')
  })
})

describe('what a line swallows', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'swallowed-'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  it("is told by systemd's rules, and never a value", () => {
    plant(root, {
      env: `# it's "a comment \\
A=even\\\\
B="an \\" escaped
PASS=hush
"
C='closed later
export D=hush
E='text
F=hush\\
G=hush
H=it's fine
I="ab" "cd
J=hush
"
KEY='-----BEGIN PRIVATE KEY-----
hushHUSHhush==
HUSHHUSHHUSH2345==
'
`,
    })
    const [, program = ''] = runbooks.topics.get('service')?.probes.get('env_swallowed')?.privileged ?? []
    const ran = spawnSync('awk', [program, join(root, 'none'), join(root, 'env')], { encoding: 'utf8' })
    expect(ran.stderr).toBe('')
    expect(ran.stdout.replaceAll(root, '')).toBe(
      'B"PASS\t3\t/env:4\nC\'export D\t6\t/env:7\nC\'E\t6\t/env:8\nF\\G\t9\t/env:10\nI"J\t12\t/env:13\n',
    )
  })
})
