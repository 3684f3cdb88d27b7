import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KEPT_BYTES } from '../../../src/ssh/outcome.ts'
import { missing } from '../../fakes/sshd.ts'
import { ask, type World } from './ask.ts'

/** A host whose configuration is where the arguments say; all else that the script looks at is this machine's. */
let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'snapshot-'))
})
afterEach(() => {
  chmodSync(root, 0o755)
  rmSync(root, { recursive: true, force: true })
})

const write = (name: string, content: string | Buffer, mode = 0o644) => {
  mkdirSync(dirname(join(root, name)), { recursive: true })
  writeFileSync(join(root, name), content)
  chmodSync(join(root, name), mode)
}

/** Whose files they are. */
const me = `${execFileSync('id', ['-un'], { encoding: 'utf8' }).trim()}:${execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()}`

const script = 'snapshot/files.sh'
const units: World = { programs: { systemctl: 'exit 0' } }

/** Root may read everything: there the script runs as somebody else. */
const asNobody: World['programs'] =
  process.getuid?.() === 0
    ? { perl: 'PATH=${PATH#*:}; exec setpriv --reuid 65534 --regid 65534 --clear-groups perl "$@"' }
    : {}

/** setfacl -m u:USER:r, without the package: the extended attribute as the kernel has it. */
function grantTo(user: string, file: string): boolean {
  const program = `my $call = { x86_64 => 188, aarch64 => 5 }->{(POSIX::uname())[4]} or exit 1;
    my ($file, $key, $none) = ($ARGV[1], "system.posix_acl_access", 0xffffffff);
    my @entries = ([1, 6, $none], [2, 4, scalar getpwnam $ARGV[0]], [4, 4, $none], [16, 4, $none], [32, 0, $none]);
    my $list = join "", pack("V", 2), map { pack "vvV", @$_ } @entries;
    exit(syscall($call, $file, $key, $list, length $list, 0) != 0)`
  return spawnSync('perl', ['-MPOSIX', '-e', program, user, file]).status === 0
}

async function facts(world: World = units) {
  const names = ['conf/config.yaml', 'home/.env', 'home', 'data', 'log/error.log', 'nginx/nginx.conf']
  const said = await ask(script, [...names.map((name) => join(root, name)), 'debvisor'], world)
  expect(said).toMatchObject({ status: 0, stderr: '' })
  const of = (area: string, name: string) =>
    said.stdout
      .split('\n')
      .map((line) => line.split('\t'))
      .filter((fact) => fact[0] === area && fact[1] === join(root, name))
  return { ...said, of, lines: said.stdout.trimEnd().split('\n') }
}

describe('the files of a snapshot', () => {
  it('have an owner, a mode, a digest and lines without comments', async () => {
    write('conf/config.yaml', '# comment\nport: 8080\n\n  host: db1\n')
    const { of, lines } = await facts()
    expect(of('file', 'conf/config.yaml')[0]?.[4]).toMatch(new RegExp(`^${me} 0644 file 34 [0-9a-f]{12}$`))
    expect(of('line', 'conf/config.yaml').map(([, , number, , value]) => [number, value])).toEqual([
      ['2', 'port: 8080'],
      ['4', '  host: db1'],
    ])
    expect(lines.at(-1)).toBe('end\t\t\t\tfiles')
  })

  it('are told without secrets, and the check tells another one', async () => {
    const checkOf = async (password: string) => {
      write('home/.env', `DB_PASSWORD=${password}\nDB_URL=postgres://app:${password}@db/x\nMODE=fast\n`)
      const { of, stdout } = await facts()
      expect(stdout).not.toContain(password)
      expect(of('line', 'home/.env').map((fact) => fact[4])).toEqual([
        'DB_PASSWORD=(hidden)',
        'DB_URL=postgres://app:(hidden)@db/x',
        'MODE=fast',
      ])
      return of('line', 'home/.env').map((fact) => fact[3])
    }
    const [first, second] = [await checkOf('correct-horse'), await checkOf('battery-staple')]
    expect(first[0]).toMatch(/^[0-9a-f]{3}$/)
    expect(second.slice(0, 2)).not.toEqual(first.slice(0, 2))
    expect(second[2]).toBe(first[2])
  })

  it('never tell a private key', async () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\n'
    write('conf/server.pem', key, 0o600)
    write(
      'nginx/nginx.conf',
      `ssl_certificate_key ${root}/conf/server.pem;\ninclude ${root}/conf/server.pem;\n`,
    )
    const { of, stdout } = await facts()
    expect(of('file', 'conf/server.pem')[0]?.[4]).toMatch(/ file \d+ [0-9a-f]{3}$/)
    expect(stdout).not.toContain('MIIEvQIBADANBgkq')
  })

  it('are told once, by whichever link they are reached', async () => {
    write('nginx/sites-available/shop', 'listen 80;\n')
    write('elsewhere/deep/x', '')
    write('elsewhere/near', 'listen 81;\n')
    mkdirSync(join(root, 'nginx/sites-enabled'))
    symlinkSync('../sites-available/./shop', join(root, 'nginx/sites-enabled/shop'))
    symlinkSync(join(root, 'elsewhere/deep'), join(root, 'nginx/away'))
    symlinkSync('away/../near', join(root, 'nginx/near'))
    const { lines } = await facts()
    const told = lines.filter((line) => /^line\t.*listen/.test(line)).map((line) => line.split('\t')[1])
    // Above a folder that is a link lies another one than its name says.
    expect(told).toEqual([join(root, 'elsewhere/near'), join(root, 'nginx/sites-available/shop')])
  })

  it('are bounded, and one line each, whatever their names and contents are', async () => {
    write('nginx/evil\tname\n\u001b[31m', 'a')
    write('nginx/binary', Buffer.from([0x61, 0, 1, 2, 10, 98]))
    write('nginx/long', `x ${'y'.repeat(40_000)};\r\n`)
    execFileSync('mkfifo', [join(root, 'nginx/pipe')])
    symlinkSync('loop', join(root, 'nginx/loop'))
    const { stdout, lines, of } = await facts()
    expect(stdout).not.toContain('\u001b')
    expect(stdout).toContain('evil\\x09name\\x0a\\x1b[31m')
    expect(lines.every((line) => line.split('\t').length === 5)).toBe(true)
    expect(of('line', 'nginx/binary')).toEqual([])
    expect(of('file', 'nginx/pipe')[0]?.[4]).toMatch(/ fifo$/)
    expect(of('file', 'nginx/loop')[0]?.[4]).toContain('link -> loop')
    expect(of('line', 'nginx/long')[0]?.[4]).toHaveLength(300)
  })

  it('are within the bytes of a probe where there are 10,000, and the same twice', async () => {
    for (let n = 0; n < 10_000; n++) write(`home/static/${n}.js`, `${n}`)
    for (let n = 0; n < 140; n++) write(`nginx/conf.d/${n}.conf`, 'listen 80;\n'.repeat(60))
    write('conf/config.yaml', 'port: 8080\n')
    const { stdout, of, lines } = await facts()
    expect(Buffer.byteLength(stdout)).toBeLessThan(KEPT_BYTES)
    expect(of('line', 'conf/config.yaml')).toHaveLength(1)
    expect(
      lines.filter((line) => /^unseen\tline\t.*conf\.d.*no room left/.test(line)).length,
    ).toBeGreaterThan(50)
    expect(stdout).toContain(`all of ${root}/home/static`)
    expect((await facts()).stdout).toBe(stdout)
  })

  it('are unseen, with their lines, where a folder is closed or may be passed only, and not gone', async () => {
    const closed = { 'conf/config.yaml': 0o000, 'nginx/conf.d/a.conf': 0o000, 'home/.env': 0o111 }
    for (const name of Object.keys(closed)) write(name, 'port: 8080\n')
    for (const [name, mode] of Object.entries(closed)) chmodSync(dirname(join(root, name)), mode)
    chmodSync(root, 0o755)
    const { of, stdout } = await facts({ programs: { ...units.programs, ...asNobody } })
    for (const name of Object.keys(closed)) chmodSync(dirname(join(root, name)), 0o755)
    for (const area of ['file', 'line']) {
      expect(stdout).toContain(`unseen\t${area}\t\t\t${join(root, 'conf/config.yaml')}: permission denied\n`)
      expect(stdout).toContain(`unseen\t${area}\t\t\t${join(root, 'nginx/conf.d/')}: permission denied\n`)
    }
    expect(stdout).toContain(`unseen\tfile\t\t\t${join(root, 'home/')}: permission denied\n`)
    expect(of('line', 'home/.env').map((fact) => fact[4])).toEqual(['port: 8080'])
  })

  it('have the rights that an access control list gives', async (test) => {
    write('conf/config.yaml', 'port: 8080\n', 0o640)
    const { of: before } = await facts()
    if (!grantTo('nobody', join(root, 'conf/config.yaml')) && !missing('access control lists of files'))
      return test.skip()
    const { of } = await facts()
    const [was, now] = [before, of].map((facts) => facts('file', 'conf/config.yaml')[0]?.[4])
    expect(now).toBe(`${was} acl=u:nobody:r--,m:r--`)
  })

  it('have the same digests where perl has no Digest::MD5', async () => {
    write(
      'conf/config.yaml',
      `port: 8080\n${'x: y # long enough for a second block of sixty-four bytes, and more\n'}`,
    )
    const { of } = await facts()
    const bare = await facts({ ...units, tree: { 'Digest/MD5.pm': 'die' } })
    for (const area of ['file', 'line'])
      expect(bare.of(area, 'conf/config.yaml')).toEqual(of(area, 'conf/config.yaml'))
  })
})
