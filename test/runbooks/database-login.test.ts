import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { causes, diagnose, finding } from './diagnosis.ts'
import { evidenceOf, plant, runScript, scriptOf } from './scripts.ts'

const root = mkdtempSync(join(tmpdir(), 'debvisor-login-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** psql as the probe meets it: it notes what it was given, and lets one password in. */
plant(
  join(root, 'bin'),
  {
    psql: `#!/bin/sh
printf '%s\\n' "$*" >${root}/argv
env | grep '^PG' | sort >${root}/env
[ "$PGPASSWORD" = 's3 cr#t@x' ] && { echo 1; exit 0; }
echo "psql: error: FATAL:  password authentication failed for user \\"$PGUSER\\" ($PGPASSWORD)" >&2
exit 2
`,
  },
  0o755,
)

const where = { configFile: join(root, 'config.yaml'), envFile: join(root, '.env') }
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

function login(config: string, env: string) {
  writeFileSync(where.configFile, config)
  writeFileSync(where.envFile, env)
  const out = runScript(scriptOf('db', 'db_login', { ...where, dbLogin: true }), join(root, 'bin'))
  return { out, fields: evidenceOf('db', 'db_login', out).fields }
}

const yaml = `server:
  port: 8080
database:
  host: db.internal
  port: 5433
  user: app
  name: metrics
  password: "s3 cr#t@x"   # never printed
`

describe("a login with the platform's own settings", () => {
  it.each([
    ['a section of config.yaml', yaml, '', 'app@db.internal:5433/metrics', 'config.yaml:8'],
    [
      '.env before config.yaml',
      yaml.replace('s3 cr#t@x', 'old'),
      'export DATABASE_PASSWORD="s3 cr#t@x"\n',
      'app@db.internal:5433/metrics',
      '.env:1',
    ],
    [
      'a URL',
      '',
      'DATABASE_URL=postgresql://app:s3%20cr%23t%40x@db:6432/metrics\n',
      'app@db:6432/metrics',
      '.env:1',
    ],
    [
      'a URL whose password has an @ as it is',
      '',
      'DATABASE_URL=postgresql://app:s3%20cr#t@x@db:6432/metrics?application_name=x@y\n',
      'app@db:6432/metrics',
      '.env:1',
    ],
    ['defaults', '', "DB_USER=app\nDB_PASSWORD='s3 cr#t@x'\n", 'app@localhost:5432/app', '.env:2'],
  ])('takes them from %s', (_, config, env, as, source) => {
    const { out, fields } = login(config, env)
    expect(fields).toEqual({ login: 'ok', as, source: join(root, source) })
    expect(out).not.toContain('s3 cr')
    expect(read('argv')).not.toContain('s3 cr')
    expect(read('env')).toContain('PGPASSFILE=/dev/null')
  })

  it('says why it is refused, and never the password', () => {
    const { out, fields } = login(yaml.replace('s3 cr#t@x', 'wrong(.*)secret'), '')
    expect(fields).toMatchObject({
      login: 'failed',
      message: expect.stringContaining('password authentication failed for user "app" ((password))'),
    })
    expect(out).not.toContain('wrong(')
  })

  it('is not tried where the files cannot be read or hold no password: that is unknown', () => {
    expect(() => login('database:\n  host: db\n', '')).toThrow('exit status 77: there is no password')
  })

  it('is opt-in: without dbLogin it is not asked', () => {
    expect(() => scriptOf('db', 'db_login', where)).toThrow('asks no db_login')
  })

  it('that fails is the cause where nothing else explains it, at the line that holds the password', () => {
    const db_login =
      'login=failed\nas=app@localhost:5432/app\nsource=/opt/debvisor/.env:2\nmessage=FATAL: password authentication failed\n'
    const report = diagnose('db', { changes: { db_login }, variables: { dbLogin: true } })
    expect(causes(report)).toEqual(['postgresql.login-fails'])
    expect(finding(report, 'postgresql.login-fails').subject).toBe('/opt/debvisor/.env:2')
  })
})
