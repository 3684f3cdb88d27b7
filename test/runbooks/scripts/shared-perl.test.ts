import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type ListenOptions, type Server } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const shared = fileURLToPath(new URL('../../../src/runbooks/scripts/shared', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'shared-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What a program says that has one of the shared scripts. */
function perl(script: string, program: string, args: readonly string[] = [], env = {}): Promise<string> {
  const text = `require "./${script}.pl"; ${program}`
  const at = { cwd: shared, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', ...env } } as const
  return new Promise((resolve) => {
    execFile('perl', ['-w', '-e', text, ...args], at, (_, stdout, stderr) => resolve(stdout + stderr))
  })
}

describe('a socket without a module', () => {
  const greets = (options: ListenOptions): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer((socket) => socket.end('hello'))
      server.on('error', reject).listen(options, () => resolve(server))
    })
  const portOf = (server: Server | undefined): string => {
    const at = server?.address()
    return String(at && typeof at === 'object' ? at.port : 0)
  }
  const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === '::1'),
  )
  const file = join(folder, 'own.socket')
  const servers: Server[] = []
  beforeAll(async () => {
    servers.push(await greets({ host: '127.0.0.1', port: 0 }), await greets({ path: file }))
    if (hasIpv6) servers.push(await greets({ host: '::1', port: 0 }))
  })
  afterAll(() => {
    for (const server of servers) server.close()
  })

  const meets = `
    my ($at, $port, $user) = @ARGV;
    $> = $user if $user;
    my ($to, $why) = connect_to($at, $port, 0.3);
    if ($to) { local $/; print <$to> } else { print $why }`
  const meet = (...args: string[]) => perl('sockets', meets, args)

  it('is connected at an address, a name and a socket file', async () => {
    const port = portOf(servers[0])
    expect(await meet('127.0.0.1', port)).toBe('hello')
    expect(await meet('localhost', port)).toBe('hello')
    expect(await meet(`unix:${file}`, '')).toBe('hello')
  })

  if (hasIpv6)
    it('is connected at an IPv6 address, with its interface or without', async () => {
      const port = portOf(servers[2])
      expect(await meet('::1', port)).toBe('hello')
      expect(await meet('0:0::0:1%lo', port)).toBe('hello')
    })

  it('says why there is none', async () => {
    const none = await greets({ host: '127.0.0.1', port: 0 })
    const port = portOf(none)
    await new Promise((resolve) => none.close(resolve))
    expect(await meet('127.0.0.1', port)).toBe('Connection refused')
    expect(await meet(`unix:${folder}/no.socket`, '')).toBe('No such file or directory')
    expect(await meet('no-such-host.invalid', '80')).toBe('its name does not resolve')
  })

  it('is closed to an account that may not write to its file', async () => {
    chmodSync(folder, 0o755)
    chmodSync(file, 0o600)
    // Root may write to all: there another account asks.
    if (process.getuid?.() !== 0) chmodSync(file, 0o400)
    const user = process.getuid?.() === 0 ? ['65534'] : []
    expect(await meet(`unix:${file}`, '', ...user)).toBe('Permission denied')
  })

  it('gives up after its time where nobody takes what waits', async () => {
    const said = await perl(
      'sockets',
      `socket my $server, 2, 1, 0;
       bind $server, packed_address("127.0.0.1", 0);
       listen $server, 0;
       my ($port) = unpack "x2 n", getsockname $server;
       my @fill;
       for (1 .. 8) { my ($one, $error) = start_connect(packed_address("127.0.0.1", $port)); push @fill, $one }
       alarm 20;
       my ($to, $why) = connect_to("127.0.0.1", $port, 0.3);
       print $why // "connected", " ", alarm(0) > 0 ? "alarm kept" : "alarm lost"`,
    )
    expect(said).toBe('Connection timed out alarm kept')
  })

  it('has no address in what is none', async () => {
    const texts = ['1.2.3', '300.1.1.1', '1:2:3', '1::2::3', '12345::', ':1', '1:2:3:4:5:6:7:8:9', 'unix:own']
    expect(await perl('sockets', 'print grep { defined packed_address($_, 1) } @ARGV', texts)).toBe('')
    const whole = ['::', '1::', '::ffff:127.0.0.1', '1:2:3:4:5:6:7:8', '[::1]']
    const bytes = 'print join " ", map { unpack "x8 H32", packed_address($_, 1) } @ARGV'
    expect((await perl('sockets', bytes, whole)).split(' ')).toEqual([
      '0'.repeat(32),
      `0001${'0'.repeat(28)}`,
      `${'0'.repeat(20)}ffff7f000001`,
      '00010002000300040005000600070008',
      `${'0'.repeat(31)}1`,
    ])
  })

  it('or a program is talked to, with its output and its errors apart', async () => {
    const talk = `
      my ($in, $out, $err, $pid) = run_beside("sh", "-c", 'read x; echo "got $x"; echo oops >&2');
      syswrite $in, "it\\n";
      print map { "[$_]" } map { s/\\n//r } <$out>, <$err>;
      waitpid $pid, 0;
      print $?;
      print " ", scalar(() = run_beside("/nowhere/program")), " $!";`
    expect(await perl('sockets', talk)).toBe('[got it][oops]0 0 No such file or directory')
  })
})

describe('a time without a module', () => {
  it('is of Greenwich, or of the zone of the host on both sides of a change of its clocks', async () => {
    const program = 'print join " ", map { my @t = split /\\D/; (utc_seconds(@t), local_seconds(@t)) } @ARGV'
    const at = ['2024-02-29-00-00-00', '2024-03-31-01-59-59', '2024-03-31-03-00-00', '2024-10-27-12-00-00']
    const seconds = at.map((text) => {
      const [day, hours] = [text.slice(0, 10), text.slice(11).replaceAll('-', ':')]
      return Date.parse(`${day}T${hours}Z`) / 1000
    })
    const ahead = [3600, 3600, 7200, 3600]
    const said = await perl('calendar', program, at, { TZ: 'Europe/Berlin' })
    expect(said.split(' ').map(Number)).toEqual(seconds.flatMap((s, i) => [s, s - (ahead[i] ?? 0)]))
  })

  it('has fractions, and never runs backwards', async () => {
    const program =
      'my $began = elapsed(); select undef, undef, undef, 0.05; my $slept = elapsed() - $began;' +
      'printf "%d %.3f %d %d", $slept >= 0.04, time_of_day() - time, clock_ticks(), page_size()'
    // time(2) may be a tick of the kernel's clock behind.
    const right = /^1 (?:-?0\.\d{3}|1\.0[01]\d) 100 (?:4096|16384|65536)$/
    expect(await perl('kernel', program)).toMatch(right)
    // On a machine whose numbers nobody wrote down.
    const unknown = `no warnings; *system_call = sub { undef }; ${program}`
    expect(await perl('kernel', unknown)).toMatch(right)
  })
})

describe('paths that fit a pattern', () => {
  beforeAll(() => {
    for (const name of [
      'a.conf',
      'B.conf',
      'c[1].conf',
      '.hidden.conf',
      'x/d.conf',
      'y z/d.conf',
      'x/e.txt',
    ]) {
      mkdirSync(join(folder, 'tree', name, '..'), { recursive: true })
      writeFileSync(join(folder, 'tree', name), '')
    }
    symlinkSync('gone', join(folder, 'tree', 'link.conf'))
    symlinkSync('../tree/x', join(folder, 'tree', 'to'))
  })
  const like = async (...patterns: string[]) => {
    const program =
      'my $in = shift; print map { "$_\\n" } map { s{^\\Q$in\\E/tree/}{}r } map { paths_like("$in/tree/$_") } @ARGV'
    return (await perl('paths', program, [folder, ...patterns])).split('\n').slice(0, -1)
  }

  it('are those that glob finds', async () => {
    const patterns = [
      '*.conf',
      '*/d.conf',
      '[!a]*.conf',
      '?.conf',
      '.*conf',
      'c\\[1\\].conf',
      'none',
      'n*e',
      '[z-a].conf',
    ]
    expect(await like(...patterns)).toEqual([
      ...['a.conf', 'B.conf', 'c[1].conf', 'link.conf'],
      ...['to/d.conf', 'x/d.conf', 'y z/d.conf'],
      ...['B.conf', 'c[1].conf', 'link.conf'],
      ...['a.conf', 'B.conf'],
      '.hidden.conf',
      'c[1].conf',
      'none',
    ])
  })

  it('lie where no link and no dots lead elsewhere', async () => {
    const program = 'print join " ", map { real_path($_) // "none" } @ARGV'
    const at = ['tree/to/../a.conf', 'tree/to/./d.conf', 'tree/link.conf', 'tree/../nothing/x'].map(
      (p) => `${folder}/${p}`,
    )
    const real = (await perl('paths', program, ['/', ...at])).split(' ').map((p) => p.replace(folder, ''))
    expect(real).toEqual(['/', '/tree/a.conf', '/tree/x/d.conf', 'none', 'none'])
  })
})

describe('a part of a script', () => {
  it('may leave most of its input unread', async () => {
    const program = `
      alarm 10;
      my $said = output_of(sub { print "first of ", scalar <STDIN> }, "a line\\n" x 100_000);
      print $said, $? >> 8`
    expect(await perl('parts', program)).toBe('first of a line\n0')
  })

  it('reads all of its input where it wants to', async () => {
    const program = `
      alarm 10;
      print join " ", map { output_of(sub { print scalar(() = <STDIN>) }, "a line\\n" x $_) } 0, 1, 1_000, 100_000`
    expect(await perl('parts', program)).toBe('0 1 1000 100000')
  })
})

describe('a question that several scripts ask', () => {
  it('has its answer whatever failed before it', async () => {
    const program = 'system "false"; print once("x", sub { "text" }) // "nothing", " $?"'
    expect(await perl('ask-once', program)).toBe('text 0')
  })
})
