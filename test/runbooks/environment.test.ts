import { describe, expect, it } from 'vitest'
import { type Changes, causes, denied, diagnose, failed, finding, since } from './diagnosis.ts'

const undefinedSymbol =
  'ImportError: /usr/lib/python3/dist-packages/psycopg2/_psycopg.so: undefined symbol: PQfmod'
const ageOf = (kind: string, age: number, name: string): string => `${kind}\t${age}\t05:00\t${name}\n`

/** A program that fails with these words, and what its environment file, which is closed to the login, sets. */
const fails = (line: string, names: string, more: Changes = {}): Changes => ({
  ...failed([], [`00+0000 debvisor-server[99]: ${line}`]),
  env_order: 'closed\t1\t/opt/debvisor/.env\t0\t/lib/systemd/system/debvisor.service:12\n',
  env_names: `DATABASE_PASSWORD\t1\t/opt/debvisor/.env:1\n${names}`,
  unit_settings: '',
  paths: '',
  ...more,
})

describe('a variable in an environment file', () => {
  it.each([
    ['LD_LIBRARY_PATH', undefinedSymbol],
    [
      'LD_LIBRARY_PATH',
      "/usr/bin/python3: /opt/x/libc.so.6: version `GLIBC_2.34' not found (required by python3)",
    ],
    ['PYTHONPATH', "AttributeError: module 'yaml' has no attribute 'safe_load'"],
    ['PYTHONHOME', "ModuleNotFoundError: No module named 'encodings'"],
    ['PERL5LIB', "Can't locate DBI.pm in @INC (you may need to install the DBI module)"],
    ['NODE_OPTIONS', '/usr/bin/node: --openssl-legacy-providers is not allowed in NODE_OPTIONS'],
    [
      'SSL_CERT_FILE',
      'ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed',
    ],
    ['LC_ALL', 'locale.Error: unsupported locale setting'],
    ['TZ', "zoneinfo._common.ZoneInfoNotFoundError: 'No time zone found with key Europe/Zuerich'"],
    ['TMPDIR', "FileNotFoundError: [Errno 2] No usable temporary directory found in ['/srv/tmp']"],
    ['GUNICORN_CMD_ARGS', 'gunicorn: error: unrecognized arguments: --wrokers=4'],
    ['PATH', "FileNotFoundError: [Errno 2] No such file or directory: 'virsh'"],
  ])('%s leads the program astray that says: %s', (name, line) => {
    const report = diagnose('service', { changes: fails(line, `${name}\t1\t/opt/debvisor/.env:3\n`) })
    expect(causes(report)[0]).toBe('debvisor.environment-misleads')
    const { subject, confidence, resolution } = finding(report, 'debvisor.environment-misleads')
    expect(subject).toBe(`${name} (/opt/debvisor/.env:3)`)
    expect(confidence).toBe('likely')
    expect(resolution.join()).toContain(`Take ${name} out of /opt/debvisor/.env,`)
  })

  it('in a drop-in that the login may read is found there', () => {
    const place = '/etc/systemd/system/debvisor.service.d/ca.conf:2'
    const changes = fails('requests.exceptions.SSLError: certificate verify failed', '', {
      env_order: `set\t0\tREQUESTS_CA_BUNDLE\t1\t${place}\n`,
    })
    expect(finding(diagnose('service', { changes }), 'debvisor.environment-misleads').subject).toBe(
      `REQUESTS_CA_BUNDLE (${place})`,
    )
  })

  it.each([
    ['is of another family than the failure', 'TZ', undefinedSymbol],
    [
      'only changes how output is buffered',
      'PYTHONUNBUFFERED',
      "ModuleNotFoundError: No module named 'yaml'",
    ],
    ['stands beside a failure of the program itself', 'LD_LIBRARY_PATH', 'RuntimeError: licence expired'],
  ])('that %s is not blamed', (_, name, line) => {
    const report = diagnose('service', { changes: fails(line, `${name}\t1\t/opt/debvisor/.env:3\n`) })
    expect(report.findings.map(({ id }) => id)).not.toContain('debvisor.environment-misleads')
  })

  it('was there before the upgrade that broke the program, and is not blamed', () => {
    const name = 'LD_LIBRARY_PATH\t1\t/opt/debvisor/.env:3\n'
    const upgraded = ageOf('package', 300, 'libpq5 15.19-0+deb12u1')
    const with_ = (changed: string) =>
      diagnose('service', { changes: fails(undefinedSymbol, name, { changes: changed }) })
    expect(causes(with_(upgraded))).toEqual(['debvisor.code-broken'])
    expect(causes(with_(upgraded + ageOf('file', 40, '/opt/debvisor/.env')))).toEqual([
      'debvisor.environment-misleads',
    ])
  })

  it('of a running platform whose requests fail is the cause of that', () => {
    const line = 'requests.exceptions.SSLError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed'
    const { env_order = '', env_names = '' } = fails(line, 'SSL_CERT_FILE\t1\t/opt/debvisor/.env:3\n')
    const said = since([`00+0000 debvisor-server[99]: ${line}`])
    const http = '/api/health\t500\t9\tapplication/json {}\n'
    const changes: Changes = {
      said,
      said_again: said,
      http,
      env_order,
      env_names,
      unit_settings: '',
      paths: '',
    }
    expect(causes(diagnose('db', { changes }))).toContain('debvisor.environment-misleads')
    expect(finding(diagnose('db', { changes }), 'debvisor.api-errors').role).toBe('consequence')
  })
})

describe('a name that the program asks for and nothing sets', () => {
  const asks = (names: string): Changes =>
    fails('ConfigurationError: SECRET_KEY must be set in production environment', names)
  const causesWith = (names: string) => causes(diagnose('service', { changes: asks(names) }))

  it.each(['SECRET_KEY_FILE', 'DEBVISOR_SECRET_KEY'])('is told beside %s, which is set', (name) => {
    const report = diagnose('service', { changes: asks(`${name}\t1\t/opt/debvisor/.env:3\n`) })
    expect(causes(report)[0]).toBe('debvisor.setting-unread')
    const { subject, detail, resolution } = finding(report, 'debvisor.setting-unread')
    expect(subject).toBe(`${name} (/opt/debvisor/.env:3)`)
    expect(detail).toContain('the program reads SECRET_KEY, which nothing sets')
    expect(resolution.join()).toContain('Set SECRET_KEY itself')
    expect(resolution.join().includes('what stands in that file')).toBe(name.endsWith('_FILE'))
  })

  it.each(['JWT_SECRET_KEY', 'SECRET_KEY_FALLBACKS', 'SECRET', 'TLS_CERT_FILE'])(
    'is missing, where %s is set, which is something else',
    (name) => {
      const told = causesWith(`${name}\t1\t/opt/debvisor/.env:3\n`)
      expect(told).toContain('debvisor.settings-missing')
      expect(told).not.toContain('debvisor.setting-unread')
    },
  )

  it('of the unit itself is seen where no file is closed', () => {
    const place = '/etc/systemd/system/debvisor.service:9'
    const changes = {
      ...asks(''),
      env_order: `set\t0\tSECRET_KEY_FILE\t1\t${place}\n`,
    }
    expect(finding(diagnose('service', { changes }), 'debvisor.setting-unread').subject).toBe(
      `SECRET_KEY_FILE (${place})`,
    )
  })
})

describe('an environment file without a line that sets a variable', () => {
  const noPassword =
    'psycopg2.OperationalError: connection to server at "localhost" (::1), port 5432 failed: fe_sendauth: no password supplied'
  const closed = 'closed\t1\t/opt/debvisor/.env\t0\t/lib/systemd/system/debvisor.service:12\n'
  const open = 'file\t1\t/opt/debvisor/.env\t0\t/lib/systemd/system/debvisor.service:12\n'
  const changes = (order: string, names: Changes[string], more: Changes = {}): Changes => ({
    ...fails(noPassword, ''),
    env_order: order,
    env_names: names,
    ...more,
  })
  const told = (...given: Parameters<typeof changes>) => diagnose('service', { changes: changes(...given) })

  it.each([
    ['that the login may not read', closed],
    ['that the login may read', open],
  ])('%s explains why there is no password', (_, order) => {
    const report = told(order, '')
    expect(causes(report)).toContain('debvisor.env-without-names')
    expect(causes(report)).not.toContain('postgresql.password-wrong')
    const { subject, resolution } = finding(report, 'debvisor.env-without-names')
    expect(subject).toBe('/opt/debvisor/.env')
    expect(resolution.join()).toContain('$ANSIBLE_VAULT')
  })

  it.each([
    ['it sets one', closed, 'LOG_LEVEL\t1\t/opt/debvisor/.env:1\n', {}],
    [
      'it is not there',
      closed,
      '',
      { ownership: 'home\tdebvisor\tdebvisor\t755\t/opt/debvisor\nenv\t-\t-\tmissing\t/opt/debvisor/.env\n' },
    ],
    ['nobody could look', closed, denied, {}],
  ] as const)('is none where %s', (_, order, names, more) => {
    expect(causes(told(order, names, more))).not.toContain('debvisor.env-without-names')
  })
})
