import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from './ask.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const required = process.env.DEBVISOR_TEST_REQUIRE_ALL === '1'

const folder = mkdtempSync(join(tmpdir(), 'debvisor-certificates-'))
const at = (name: string): string => join(folder, name)
const openssl = (...args: readonly string[]): void => {
  execFileSync('openssl', args, { stdio: 'pipe', cwd: folder })
}
const key = (name: string): void =>
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`)

const UTC = (days: number): string =>
  new Date(Date.now() + days * 86_400_000).toISOString().replaceAll(/[-:T]|\.\d+/g, '')

/** A certificate of an authority that ends in so many days; before now: it ended. */
function issue(name: string, authority: string, days: number, begun = -30): void {
  key(name)
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}.local`]
  openssl('req', '-new', '-key', `${name}.key`, ...subject, '-out', `${name}.csr`)
  writeFileSync(at('index.txt'), '')
  const files = [
    '-cert',
    `${authority}.crt`,
    '-keyfile',
    `${authority}.key`,
    '-in',
    `${name}.csr`,
    '-out',
    `${name}.crt`,
  ]
  const dates = ['-startdate', UTC(begun), '-enddate', UTC(days)]
  openssl('ca', '-batch', '-notext', '-rand_serial', '-config', 'ca.cnf', ...files, ...dates)
}
const authoritySettings = `[ca]
default_ca = own
[own]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
copy_extensions = copy
unique_subject = no
policy = any
[any]
commonName = supplied
`
function authority(name: string): void {
  key(name)
  openssl(
    'req',
    '-x509',
    '-new',
    '-key',
    `${name}.key`,
    '-subj',
    `/CN=${name}`,
    '-days',
    '3650',
    '-out',
    `${name}.crt`,
  )
}

beforeAll(() => {
  chmodSync(folder, 0o755)
  if (!hasOpenssl) return
  writeFileSync(at('ca.cnf'), authoritySettings)
  authority('ca')
  authority('other-ca')
  issue('panel', 'ca', 90)
  issue('ending', 'ca', 3)
  issue('ended', 'ca', -3)
  issue('hourly', 'ca', 20 / 24, -1 / 24)
  issue('late', 'ca', 0.2, -0.8)
  writeFileSync(at('empty.crt'), 'nothing\n')
  chmodSync(at('panel.key'), 0o600)
  for (const name of ['panel', 'ending', 'ended', 'hourly', 'late', 'ca', 'other-ca'])
    chmodSync(at(`${name}.crt`), 0o644)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What is said of each file, by its setting, for a unit with these arguments, this environment and these files. */
async function look(
  unit: { readonly argv?: string; readonly environment?: string; readonly user?: string },
  more: {
    readonly tree?: Record<string, string>
    readonly nginx?: string
    readonly folder?: string
    readonly files?: string
    readonly path?: string
  } = {},
) {
  const shown = `Id=panel.service
User=${unit.user ?? userInfo().username}
Group=
SupplementaryGroups=
WorkingDirectory=${more.folder ?? ''}
ExecStart={ path=/usr/bin/gunicorn ; argv[]=/usr/bin/gunicorn ${unit.argv ?? ''} ; ignore_errors=no ; }
Environment=${unit.environment ?? ''}
EnvironmentFiles=${more.files ?? ''}
`
  const said = await ask(
    'debvisor/certificates.pl',
    ['panel', '', more.nginx === undefined ? '' : '$root/srv/nginx.conf', '8443'],
    {
      tree: {
        'srv/shown': shown,
        ...(more.nginx === undefined ? {} : { 'srv/nginx.conf': more.nginx }),
        ...more.tree,
      },
      programs: { systemctl: '/bin/cat "$root/srv/shown"', id: 'exec /usr/bin/id "$@"' },
      ...(more.path === undefined ? {} : { path: more.path }),
    },
  )
  expect({ status: said.status, stderr: said.stderr }).toEqual({ status: 0, stderr: '' })
  expect(said.stdout).toMatch(/(?:^|\n)=== end\n$/)
  const rows = said.stdout.split('\n').slice(0, -2)
  return Object.fromEntries(
    rows.map((row) => {
      const [of = '', setting = '', path = '', kind, state, reads, days, names, issued, fits] =
        row.split('\t')
      return [setting, { of, path, kind, state, reads, days, names, issued, fits }]
    }),
  )
}

describe.skipIf(!hasOpenssl && !required)('certificates that a unit names', () => {
  it('are told with their days, names, authority and key', async () => {
    const argv = `--certfile ${at('panel.crt')} --keyfile=${at('panel.key')} --ca-certs ${at('ca.crt')} app:app`
    const said = await look({ argv })
    expect(said.certfile).toMatchObject({
      of: 'panel',
      kind: 'certificate',
      state: 'there',
      reads: 'yes',
      names: 'panel.local',
      issued: 'yes',
      fits: 'yes',
    })
    expect(Number(said.certfile?.days)).toBeGreaterThanOrEqual(88)
    expect(said.keyfile).toMatchObject({ kind: 'key', state: 'there', days: '-' })
    expect(said['ca-certs']).toMatchObject({ kind: 'authority', state: 'there' })
  })

  it('are found in the environment, in .env and in configuration files', async () => {
    const said = await look(
      {
        environment: `RPC_CERT=${at('panel.crt')} "SECRET_KEY=/not/a/file" RPC_CONFIG_FILE=${at('rpc.json')}`,
      },
      {
        folder: '$root/srv',
        tree: { 'srv/.env': `export RPC_CA_CERT="${at('ca.crt')}" # ours\nAPI_KEY=/x\nDATA=/var/lib\n` },
      },
    )
    expect(Object.keys(said).sort()).toEqual(['RPC_CA_CERT', 'RPC_CERT'])
    writeFileSync(
      at('rpc.json'),
      JSON.stringify({ tls: { cert_file: at('panel.crt'), key_file: at('panel.key') }, port: 7443 }),
    )
    const more = await look({ environment: `RPC_CONFIG_FILE=${at('rpc.json')}` })
    expect(Object.keys(more).sort()).toEqual(['cert_file', 'key_file'])
  })

  it.each([
    ['has ended', 'ended', { state: 'there', days: expect.stringMatching(/^-\d+$/) }],
    ['ends soon', 'ending', { state: 'there', days: expect.stringMatching(/^[23]$/) }],
    ['lives for a day and was just renewed', 'hourly', { state: 'there', days: '0 of 1' }],
    ['lives for a day and was not renewed in time', 'late', { state: 'there', days: '0' }],
    ['is none', 'empty', { state: 'broken', days: '-' }],
    ['is not there', 'lost', { state: 'missing', reads: '-' }],
  ])('one that %s', async (_, name, says) => {
    expect((await look({ argv: `--certfile ${at(`${name}.crt`)}` })).certfile).toMatchObject(says)
  })

  it('one of another authority than the unit names, and one with a key that does not fit', async () => {
    const foreign = await look({ argv: `--certfile ${at('panel.crt')} --ca-certs ${at('other-ca.crt')}` })
    expect(foreign.certfile).toMatchObject({ issued: 'no' })
    const unfit = await look({ argv: `--certfile ${at('panel.crt')} --keyfile ${at('ending.key')}` })
    expect(unfit.certfile).toMatchObject({ fits: 'no', issued: '-' })
  })

  it('one that is out of date is still of its authority', async () => {
    const said = await look({ argv: `--certfile ${at('ended.crt')} --ca-certs ${at('ca.crt')}` })
    expect(said.certfile).toMatchObject({ issued: 'yes' })
  })

  it('those that lie beside them in the folder of the platform', async () => {
    const beside = join(folder, 'debvisor/certs')
    mkdirSync(beside, { recursive: true })
    for (const name of ['panel', 'ended']) cpSync(at(`${name}.crt`), join(beside, `${name}.crt`))
    const said = await look({
      argv: `--certfile ${join(beside, 'panel.crt')} --ca-certs ${at('other-ca.crt')}`,
    })
    expect(said.beside).toMatchObject({ of: 'panel', path: join(beside, 'ended.crt'), issued: 'no' })
  })

  it('one of nginx that is for none of the names of its server', async () => {
    const nginx = (name: string) =>
      `server { server_name ${name} ; ssl_certificate ${at('panel.crt')}; location / { proxy_pass https://127.0.0.1:8443; } }`
    expect((await look({}, { nginx: nginx('dash.example.com') })).ssl_certificate).toMatchObject({
      state: 'other name',
    })
    for (const name of ['panel.local', 'dash.example.com PANEL.local', '_', 'localhost'])
      expect((await look({}, { nginx: nginx(name) })).ssl_certificate).toMatchObject({ state: 'there' })
  })

  it('a key that is closed to the user of the unit', async () => {
    const said = await look({
      argv: `--certfile ${at('panel.crt')} --keyfile ${at('panel.key')}`,
      user: 'nobody',
    })
    expect(said).toMatchObject({ keyfile: { reads: 'no' }, certfile: { reads: 'yes' } })
  })

  it('those of nginx count where a server of it passes requests on', async () => {
    const nginx = `http {
  server { listen 443 ssl; ssl_certificate ${at('panel.crt')}; ssl_certificate_key "${at('panel.key')}"; location / { proxy_pass https://127.0.0.1:8443; } }
  server { listen 444 ssl; ssl_certificate ${at('ended.crt')}; root /srv/www; }
}`
    const said = await look({}, { nginx })
    expect(said).toMatchObject({
      ssl_certificate: { of: 'nginx', path: at('panel.crt') },
      ssl_certificate_key: { kind: 'key' },
    })
  })

  it('those that stand in a snippet of nginx, or around its servers', async () => {
    const lead = 'location / { proxy_pass https://127.0.0.1:8443; }'
    const snippet = { 'srv/tls.conf': `ssl_certificate ${at('panel.crt')};` }
    const inside = `http { server { include tls.conf; ${lead} } server { include tls.conf; } }`
    expect(await look({}, { nginx: inside, tree: snippet })).toMatchObject({
      ssl_certificate: { path: at('panel.crt') },
    })
    const around = `http { include tls.conf; server { listen 444; } server { ${lead} } }`
    expect(await look({}, { nginx: around, tree: snippet })).toMatchObject({
      ssl_certificate: { path: at('panel.crt') },
    })
  })

  it('the one of a setting that wins, by systemd’s rules', async () => {
    const said = await look(
      { environment: `RPC_CERT=${at('ended.crt')}` },
      {
        files: '$root/srv/panel.env (ignore_errors=no)',
        tree: { 'srv/panel.env': `RPC_CERT="${at('panel.crt')}"\nexport TLS_CERT=${at('ended.crt')}\n` },
      },
    )
    expect(said).toMatchObject({ RPC_CERT: { path: at('panel.crt') } })
    expect(Object.keys(said)).toEqual(['RPC_CERT'])
  })

  it('none is told of a unit that names none', async () => {
    expect(
      await look({ argv: '--bind 0.0.0.0:80 app:app', environment: 'HOME=/root API_KEY=/k PATH=/bin' }),
    ).toEqual({})
  })
})

/** An access list as the kernel keeps it (acl(5)): tag, bits and id of each entry, in their order. False: not here. */
function setAccessList(path: string, entries: readonly (readonly [number, number, number])[]): boolean {
  const value = `pack("V (vvV)*", 2, ${entries.flat().join(', ')})`
  const program = `my ($path, $name, $value) = ($ARGV[0], "system.posix_acl_access", ${value}); exit(syscall(188, $path, $name, $value, length $value, 0) == 0 ? 0 : 1)`
  return process.arch === 'x64' && spawnSync('perl', ['-e', program, path]).status === 0
}
const [USER, NAMED_USER, GROUP, MASK, OTHER] = [0x01, 0x02, 0x04, 0x10, 0x20]
const NOBODY = 65_534
const NONE = 0xffffffff

describe('a key with an access list', () => {
  const listed = (bits: number, mask: number): boolean => {
    writeFileSync(at('listed.key'), '')
    chmodSync(at('listed.key'), 0o640)
    return setAccessList(at('listed.key'), [
      [USER, 6, NONE],
      [NAMED_USER, bits, NOBODY],
      [GROUP, 0, NONE],
      [MASK, mask, NONE],
      [OTHER, 0, NONE],
    ])
  }
  const reads = async (): Promise<string | undefined> =>
    (await look({ argv: `--keyfile ${at('listed.key')}`, user: 'nobody' })).keyfile?.reads

  it.runIf(listed(4, 4))('is readable by whom the list names', async () => {
    listed(4, 4)
    expect(await reads()).toBe('yes')
  })

  it.runIf(listed(4, 4))('is not where the list or its mask leaves that out', async () => {
    listed(0, 4)
    expect(await reads()).toBe('no')
    listed(4, 0)
    expect(await reads()).toBe('no')
  })
})

describe('certificates on a host without openssl', () => {
  it('are told with their modes, and as unread', async () => {
    writeFileSync(at('plain.crt'), '-----BEGIN CERTIFICATE-----\n')
    writeFileSync(at('plain.key'), '')
    chmodSync(at('plain.key'), 0o600)
    const argv = `--certfile ${at('plain.crt')} --keyfile ${at('plain.key')} --ca-certs ${at('lost.crt')}`
    const said = await look({ argv, user: 'nobody' }, { path: '/nowhere' })
    expect(said).toMatchObject({
      certfile: { state: 'unread', days: '-' },
      keyfile: { state: 'there', reads: 'no' },
      'ca-certs': { state: 'missing' },
    })
  })
})

describe('of the chain that nginx sends it is told', () => {
  const chain = (...lines: readonly string[]): string => ['Certificate chain', ...lines, '---', ''].join('\n')
  const leaf = ['0 s:CN = panel', '   i:O = Lab, CN = Web issuer'].map((line) => ` ${line}`)
  // What openssl says of a file is what is in it.
  const world = (said: string, code: number, tree: Record<string, string>) => ({
    tree: { 'etc/nginx/conf.d/a.conf': 'ssl_certificate $root/etc/debvisor/certs/panel.crt;\n', ...tree },
    programs: {
      openssl: `case "$*" in
s_client*-no-CAfile*) printf '%s' '${said}' ;;
s_client*) echo 'Verify return code: ${code} (as is)' ;;
*-fingerprint*) echo same ;;
*) for last do :; done; cat "$last" ;;
esac`,
    },
  })
  const told = async (said: string, code: number, tree: Record<string, string> = {}) =>
    (await ask('nginx/tls-chain.sh', ['panel.local', '$root/etc/nginx/nginx.conf'], world(said, code, tree)))
      .stdout
  const file = (subject: string, issuer: string): string => `subject=${subject}\nissuer=${issuer}\n`
  const panel = { 'etc/debvisor/certs/panel.crt': file('CN = panel', 'O = Lab, CN = Web issuer') }

  it('that the issuer is not sent and lies on the host, issued by another one', async () => {
    const tree = {
      ...panel,
      'etc/debvisor/pki/issuer.crt': file('O = Lab, CN = Web issuer', 'O = Lab, CN = Root'),
    }
    expect(await told(chain(...leaf), 20, tree)).toBe(`code=20
sent=1
subject=CN = panel
issuer=O = Lab, CN = Web issuer
file=/etc/debvisor/certs/panel.crt
file=/etc/debvisor/certs/panel.crt
found=/etc/debvisor/pki/issuer.crt
kind=intermediate
`)
  })

  it('that a root of the same organisation lies here', async () => {
    const tree = {
      ...panel,
      'etc/debvisor/certs/ca.pem': file('O = Lab, CN = Root', 'O = Lab, CN = Root'),
      'etc/debvisor/certs/b.pem': file('CN = Root', 'CN = Root'),
    }
    expect(await told(chain(...leaf), 21, tree)).toMatch(
      /panel\.crt\nrelative=\/etc\/debvisor\/certs\/ca\.pem\n$/,
    )
  })

  it('that it is the root of this host', async () => {
    const tree = {
      ...panel,
      'etc/debvisor/certs/ca.pem': file('O = Lab, CN = Web issuer', 'O = Lab, CN = Web issuer'),
    }
    expect(await told(chain(...leaf), 21, tree)).toMatch(/found=.*\/ca\.pem\nkind=root\n$/)
  })

  it('no more than needed where it verifies, is of itself or comes with its issuer', async () => {
    expect(await told(chain(...leaf), 0)).toMatch(/^code=0\nsent=1\nsubject=.*\nissuer=.*\n$/)
    expect(await told(chain(' 0 s:CN = own', '   i:CN = own'), 20)).toMatch(/^code=18\nsent=1\n/)
    expect(
      await told(chain(...leaf, ' 1 s:O = Lab, CN = Web issuer', '   i:O = Lab, CN = Root'), 20),
    ).toMatch(/^code=-1\nsent=2\n/)
  })
})

describe.skipIf(!hasOpenssl && !required)('what tells a certificate from another one', () => {
  it('is the end of its body, and the same in its file and in what a port shows', async () => {
    const said = await ask('debvisor/certificates.pl', ['panel', '', '', '8443'], {
      tree: {
        'srv/shown': `Id=panel.service\nUser=${userInfo().username}\nExecStart={ path=/usr/bin/gunicorn ; argv[]=/usr/bin/gunicorn --certfile ${at('panel.crt')} app:app ; ignore_errors=no ; }\n`,
      },
      programs: { systemctl: '/bin/cat "$root/srv/shown"', id: 'exec /usr/bin/id "$@"' },
    })
    const [changed, tail, subject] = (said.stdout.split('\n')[0] ?? '').split('\t').slice(10)
    expect(Number(changed)).toBeLessThan(600)
    expect(subject).toMatch(/^CN ?= ?panel$/)
    const body = readFileSync(at('panel.crt'), 'utf8')
      .replace(/-----[^-]+-----/g, '')
      .replace(/\s/g, '')
    expect(tail).toBe(body.slice(-48))
    // openssl s_client prints it so; the rest of the program answers as it is.
    const openssl = `case $1 in s_client) printf '%s\\n' 'Certificate chain' ' 0 s:CN = panel' '   i:CN = ca' '   v:NotBefore: Jan  1 00:00:00 2020 GMT; NotAfter: Jan  1 00:00:00 2021 GMT' '---' 'Server certificate'; /bin/cat ${at('panel.crt')}; echo 'Verify return code: 10 (certificate has expired)';; *) exec /usr/bin/openssl "$@";; esac`
    const shown = await ask('debvisor/loaded-certificate.sh', ['127.0.0.1', '7443'], {
      programs: { openssl },
    })
    expect(shown.stdout).toContain(`tail=${tail}\n`)
    expect(shown.stdout).toMatch(/\nsubject=CN ?= ?panel\nleft=\d+\n$/)
    const chain = await ask('nginx/tls-chain.sh', ['panel.local', '/etc/nginx/nginx.conf'], {
      programs: { openssl },
    })
    expect(chain.stdout).toContain(`tail=${tail}\n`)
    expect(chain.stdout).toMatch(/\nleft=-\d+\n$/)
  })
})
