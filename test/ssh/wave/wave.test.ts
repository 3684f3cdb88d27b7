import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Command, Outcome, Spent } from '../../../src/ssh/outcome.ts'
import { KEPT_BYTES } from '../../../src/ssh/outcome.ts'
import { SHARE_MS } from '../../../src/ssh/wave/frames.ts'
import { perlArguments, type Start, WAVE_PROGRAM } from '../../../src/ssh/wave/start-program.ts'
import { runWave } from '../../../src/ssh/wave/wave.ts'
import { liveMemory } from '../../fakes/live-memory.ts'
import { parentOf, processesWith, uniqueSleep } from '../processes.ts'
import { enter, type TestSession, WAYS } from '../sessions.ts'

const shell = (id: string, script: string, timeoutMs = 10_000): Command => ({
  id,
  kind: 'shell',
  script,
  timeoutMs,
})

/** Outcomes with their text, without their times. */
function plain(outcomes: ReadonlyMap<string, Outcome>) {
  return Object.fromEntries(
    [...outcomes].map(([id, { ms: _, ...outcome }]) => [
      id,
      outcome.status === 'lost'
        ? outcome
        : { ...outcome, stdout: outcome.stdout.toString(), stderr: outcome.stderr.toString() },
    ]),
  )
}

describe.each(WAYS)('a wave over $way', ({ way, open }) => {
  let opened: TestSession
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.stop())

  const run = (commands: Command[], options?: Parameters<TestSession['session']['run']>[1]) =>
    opened.session.run(commands, options)

  test('answers each command with its own output and status', async () => {
    const outcomes = await run([
      shell('both', 'echo out; echo err >&2; exit 3'),
      shell('binary', "printf '\\000\\377\\n'"),
      shell('silent', ':'),
      shell('killed', 'kill -SEGV $$'),
      shell('missing', 'nonesuch'),
      shell('several lines', 'a=1\nif [ $a = 1 ]; then\n  echo "it\'s $a"\nfi'),
    ])
    expect(plain(outcomes)).toMatchObject({
      both: { status: 'exited', code: 3, stdout: 'out\n', stderr: 'err\n' },
      silent: { status: 'exited', code: 0, stdout: '', stderr: '' },
      killed: { status: 'signalled', signal: 'SIGSEGV' },
      missing: { status: 'exited', code: 127 },
      'several lines': { status: 'exited', code: 0, stdout: "it's 1\n" },
    })
    expect(outcomes.get('binary')).toMatchObject({ stdout: Buffer.from([0, 255, 10]) })
  })

  test('is sent only where that is allowed once the host is ready', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'debvisor-wave-'))
    const touch = shell('touch', `touch ${folder}/touched`)
    expect(plain(await run([touch], { mayStart: async () => false }))).toEqual({
      touch: { status: 'lost', reason: 'nothing was sent: it was called off' },
    })
    expect(existsSync(join(folder, 'touched'))).toBe(false)
    expect(plain(await run([touch], { mayStart: async () => true }))).toMatchObject({
      touch: { status: 'exited', code: 0 },
    })
    expect(existsSync(join(folder, 'touched'))).toBe(true)
    rmSync(folder, { recursive: true })
  })

  test('tells what it took from the host, command by command and in all', async () => {
    const spent: Spent[] = []
    const busy = 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'
    await run([shell('busy', busy), shell('idle', 'sleep 0.2'), shell('below it', `(${busy}) | cat`)], {
      onSpent: (one) => spent.push(one),
    })
    const [{ cpuMs, processes, byCommand } = { cpuMs: 0, processes: 0, byCommand: new Map() }] = spent
    const [busyMs, idleMs, belowMs] = ['busy', 'idle', 'below it'].map((id) => byCommand.get(id) ?? 0)
    expect(busyMs).toBeGreaterThan(idleMs)
    expect(belowMs).toBeGreaterThan(idleMs)
    expect(cpuMs).toBeGreaterThan(busyMs + idleMs + belowMs)
    // Three workers, and what the three commands are and start.
    expect(processes).toBeGreaterThanOrEqual(9)
    expect(spent).toHaveLength(1)
  })

  test('comes after all else on the host where it is a look, and not where it mends', async () => {
    const niceness = shell('nice', "sed -E 's/.*\\) ([^ ]+ ){16}([^ ]+) .*/\\2/' /proc/self/stat")
    const looked = plain(await run([niceness], { gentle: true })).nice as { stdout: string }
    const mended = plain(await run([niceness])).nice as { stdout: string }
    expect(Number(looked.stdout)).toBeGreaterThan(Number(mended.stdout))
  })

  test('runs a program of perl as perl itself would, though without another one', async () => {
    const perl = (id: string, program: string, args: string, timeoutMs = 5_000): Command =>
      shell(id, `perl -e '${program.replaceAll("'", "'\\''")}' --${args}\n`, timeoutMs)
    const commands = [
      perl('words', 'print join("|", @ARGV), " ", -t STDIN ? 1 : 0', " 'it'\\''s' plain/word 'two words' ''"),
      perl('lax', 'sub now { 7 } $x = now(); print STDERR "said"; print $x; exit 3', ''),
      perl('dies', 'use strict; print \'before\'; die "no such thing\\n"', ''),
      perl('is wrong', 'use strict; print $unknown', ''),
      perl('children', 'open my $in, "-|", "echo", "below"; print <$in>; print "own"', ''),
      perl('sleeps', '$| = 1; print "begun"; sleep 60', '', 600),
      perl('killed', 'kill 9, $$', ''),
      perl('left open', '$| = 1; print "first\\n"; open OUT, "|sort"; print OUT "b\\na\\n"', ''),
      perl('an object', 'system "false"; $! = 29; die {}', ''),
      perl('no program', 'sub {', ''),
    ]
    const outcomes = plain(await run(commands))
    expect(outcomes).toMatchObject({
      words: { status: 'exited', code: 0, stdout: "it's|plain/word|two words| 0" },
      lax: { status: 'exited', code: 3, stdout: '7', stderr: 'said' },
      dies: { status: 'exited', stdout: 'before', stderr: 'no such thing\n' },
      'is wrong': { status: 'exited', stderr: expect.stringContaining('Global symbol "$unknown"') },
      children: { status: 'exited', code: 0, stdout: 'below\nown' },
      sleeps: { status: 'timed-out', stdout: 'begun', leftover: 0 },
      killed: { status: 'signalled', signal: 'SIGKILL' },
      'left open': { status: 'exited', code: 0, stdout: 'first\na\nb\n' },
      'an object': { status: 'exited', code: 29, stderr: expect.stringContaining('HASH(') },
      'no program': { status: 'exited', code: 255 },
    })
    expect(['dies', 'is wrong'].map((id) => (outcomes[id] as { code: number }).code)).not.toContain(0)
  })

  test('keeps the pipes of its own from its programs, and its own name on them', async () => {
    const looks = `print grep { /^pipe:/ } map { readlink("/proc/self/fd/$_") // "" } 3 .. 99;
      open my $in, "<", "/proc/self/cmdline"; print <$in> =~ /^[^\\0]*/g`
    const outcomes = plain(await run([shell('looks', `perl -e '${looks}' --\n`)]))
    expect(outcomes.looks).toMatchObject({ status: 'exited', stdout: 'debvisor probes' })
  })

  test('lets no program wait for what another one asks, nor for long for its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'debvisor-wave-'))
    const asked = `"${folder}/asked"`
    // All but the first come once that one has the question.
    const once = (id: string, question: string, ask: string, timeoutMs: number): Command => {
      const after = id === 'hangs' ? '' : `select undef, undef, undef, 0.01 until -e ${asked}; `
      return shell(id, `perl -e '${after}print Wave::once("${question}", sub { ${ask} })' --\n`, timeoutMs)
    }
    const outcomes = await run([
      once('hangs', 'ab', `open my $file, ">", ${asked}; close $file; sleep 60`, 2_500),
      once('another question', 'ba', '"its own"', 8_000),
      once('the same question', 'ab', '"asked itself"', 1_600),
    ])
    expect(plain(outcomes)).toMatchObject({
      hangs: { status: 'timed-out' },
      'another question': { status: 'exited', stdout: 'its own' },
      'the same question': { status: 'exited', stdout: 'asked itself' },
    })
    expect(outcomes.get('another question')?.ms).toBeLessThan(2_000)
    rmSync(folder, { recursive: true })
  })

  test('takes half an answer for none, and asks as the program reads', async () => {
    const ask = (question: string, answer: string) => `Wave::once("${question}", sub { ${answer} })`
    const half = `my ($memory) = grep { readlink($_) =~ /memfd:debvisor/ } map { "/proc/self/fd/$_" } 3 .. 99;
      print ${ask('whole', '"kept"')};
      open my $file, ">>", $memory; print $file pack("N2", 4, 100), "halfof it"; close $file;
      print map { " $_" } ${ask('half', '"asked"')}, ${ask('half', '"again"')}, ${ask('whole', '"again"')}`
    const lines = ask('lines', 'open my $in, "<", "/proc/self/status"; my @lines = <$in>; @lines > 1')
    const commands = [
      shell('half', `perl -e '${half}' --\n`),
      shell('lines', `perl -e 'print ${lines}' --\n`),
    ]
    expect(plain(await run(commands))).toMatchObject({
      half: { status: 'exited', stdout: 'kept asked asked kept' },
      lines: { status: 'exited', stdout: '1' },
    })
  })

  test('asks once what several of its programs ask, and for each of them what failed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'debvisor-wave-'))
    const asking = (id: string, question: string, answer: string): Command =>
      shell(
        id,
        `perl -e 'my $said = Wave::once("${question}", sub {
          open my $noted, ">>", "${folder}/${question}"; print $noted "x"; close $noted;
          select undef, undef, undef, 0.2;
          return ${answer};
        }); print $said // "nothing"' --\n`,
      )
    const ids = ['1', '2', '3']
    const outcomes = plain(
      await run([
        ...ids.map((id) => asking(`good ${id}`, 'good', '"an answer " x 5000')),
        ...ids.map((id) => asking(`bad ${id}`, 'bad', 'undef')),
      ]),
    )
    expect(outcomes).toMatchObject(
      Object.fromEntries(ids.map((id) => [`good ${id}`, { stdout: 'an answer '.repeat(5000) }])),
    )
    expect(outcomes).toMatchObject(Object.fromEntries(ids.map((id) => [`bad ${id}`, { stdout: 'nothing' }])))
    const asked = ['good', 'bad'].map((question) => readFileSync(join(folder, question), 'utf8'))
    rmSync(folder, { recursive: true })
    expect(asked).toEqual(['x', 'xxx'])
  })

  test('is what the kernel ends first where memory runs out', async () => {
    const outcomes = await run([shell('victim', 'cat /proc/self/oom_score_adj')])
    expect(plain(outcomes).victim).toMatchObject({ stdout: '1000\n' })
  })

  test('gives every command the same small environment and no input', async () => {
    const outcomes = await run([shell('env', 'env | cut -d= -f1 | sort; pwd; umask; echo $LC_ALL; cat')])
    const { stdout } = plain(outcomes).env as { stdout: string }
    expect(stdout.replace(/^(HOME|LOGNAME|USER)\n/gm, '')).toBe('LC_ALL\nPATH\nPWD\nTERM\n/\n0077\nC\n')
  })

  test('runs the commands side by side and tells of each as it ends', async () => {
    const told: string[] = []
    await run([shell('slow', 'sleep 0.9'), shell('quick', 'true'), shell('middle', 'sleep 0.5')], {
      onOutcome: (id) => told.push(id),
    })
    expect(told).toEqual(['quick', 'middle', 'slow'])
  })

  test('starts no more at once than the host can bear, the longest first', async () => {
    const most = Math.max(4, Math.min(12, 2 * availableParallelism()))
    const folder = mkdtempSync(join(tmpdir(), 'debvisor-wave-'))
    const ids = Array.from({ length: 4 * most }, (_, at) => at)
    // When the kernel made it (proc(5), in hundredths of a second since boot): on a busy machine its first words come much later.
    const began = 'read -r line </proc/$$/stat; set -- ${line##*) }; echo ${20}'
    const ended = 'read -r seconds idle </proc/uptime; echo ${seconds%.*}${seconds#*.}'
    await run(
      ids.map((at) =>
        shell(`${at}`, `${began} >${folder}/${at}; sleep 0.05; ${ended} >>${folder}/${at}`, 20_000 + at),
      ),
    )
    const times = ids.map((at) =>
      readFileSync(join(folder, `${at}`), 'utf8')
        .split('\n')
        .map((hundredths) => Number(hundredths) * 10),
    )
    rmSync(folder, { recursive: true })
    // Those that were young and had not ended when this one, which came later, began.
    const beside = ids.map((at) => {
      const [began = 0] = times[at] ?? []
      return times
        .slice(at + 1)
        .filter(([start = 0, end = 0]) => start > began - SHARE_MS / 2 && start <= began && end > began)
        .length
    })
    expect(Math.max(...beside)).toBeLessThan(most)
    expect(beside.filter((count) => count > 0)).not.toEqual([])
  })

  test('is not held up by commands that hang', async () => {
    const ids = Array.from({ length: 40 }, (_, at) => `${at}`)
    const hung = ids.map((id) => shell(id, 'sleep 60', 1_000))
    const outcomes = await run([...hung, shell('last', 'echo here', 900)])
    expect(plain(outcomes).last).toMatchObject({ status: 'exited', stdout: 'here\n' })
    expect(ids.map((id) => outcomes.get(id)?.status)).toEqual(ids.map(() => 'timed-out'))
  })

  test('what commands leave behind is ended: whatever it forks, ignores or detaches from', async () => {
    const sleeps = new Map<string, string>()
    const sleeper = (id: string, script: string, timeoutMs = 700): Command => {
      const time = uniqueSleep()
      sleeps.set(id, time)
      return shell(id, script.replaceAll('SLEEP', `sleep ${time}`), timeoutMs)
    }
    const daemon = '>/dev/null 2>&1 </dev/null'
    const outcomes = await run([
      sleeper('a child', 'SLEEP; echo unreached'),
      sleeper('a pipeline', 'SLEEP | cat | cat'),
      sleeper('one that ignores TERM', 'trap "" TERM; SLEEP; SLEEP'),
      sleeper('one that starts another when it gets TERM', 'trap "setsid SLEEP & SLEEP" TERM; SLEEP & wait'),
      sleeper('a child that has left the session', 'setsid SLEEP; echo unreached'),
      sleeper('a stopped child', "(kill -STOP $(sh -c 'echo $PPID'); SLEEP) & SLEEP"),
      // These end by themselves, at once, and leave something behind.
      sleeper('a background child that holds the pipes', 'SLEEP & echo started', 10_000),
      sleeper('a daemon', `(setsid SLEEP ${daemon} &); echo started`, 10_000),
      sleeper(
        'a daemon without environment',
        `(env -i setsid sh -c "SLEEP & SLEEP" ${daemon} &); sleep 0.1; echo started`,
        10_000,
      ),
      sleeper('a TERM-proof daemon', `(trap "" TERM HUP; setsid SLEEP ${daemon} &); echo started`, 10_000),
      // These are neighbours that must not be hit.
      shell('a neighbour', 'sleep 1.5; echo alive'),
      shell('a neighbour with a child', 'sleep 1.5 & wait; echo alive'),
    ])
    const left = [...sleeps].filter(([, time]) => processesWith(time).length > 0).map(([id]) => id)
    expect(left).toEqual([])
    const { 'a neighbour': one, 'a neighbour with a child': two, ...others } = plain(outcomes)
    expect([one, two]).toMatchObject([{ stdout: 'alive\n' }, { stdout: 'alive\n' }])
    for (const [id, outcome] of Object.entries(others)) {
      const expected =
        id.includes('background') || id.includes('daemon')
          ? { status: 'exited', code: 0, stdout: 'started\n' }
          : { status: 'timed-out', stdout: '', leftover: 0 }
      expect(outcome, id).toMatchObject(expected)
    }
  })

  test('a command that ends early is not held up by the daemon that it leaves', async () => {
    const began = performance.now()
    await run([shell('daemon', `sleep ${uniqueSleep()} & echo started`)])
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  test('a time-out keeps what was said before', async () => {
    const outcomes = await run([shell('slow', 'echo before; sleep 60; echo after', 400)])
    expect(plain(outcomes)).toMatchObject({ slow: { status: 'timed-out', stdout: 'before\n', leftover: 0 } })
    expect(outcomes.get('slow')?.ms).toBeGreaterThanOrEqual(400)
    expect(outcomes.get('slow')?.ms).toBeLessThan(1_500)
  })

  test('a time-out lets the whole command end by itself first', async () => {
    const inner = 'sh -c \'trap "echo inner; exit" TERM; sleep 60 & wait\''
    const outcomes = await run([shell('polite', `trap "wait; echo outer; exit" TERM; ${inner} & wait`, 400)])
    expect(plain(outcomes)).toMatchObject({
      polite: { status: 'timed-out', stdout: 'inner\nouter\n', leftover: 0 },
    })
  })

  test('a pipeline whose reader leaves ends as in any shell', async () => {
    const outcomes = await run([shell('pipeline', '(yes; echo $? >&2) | head -n 1')])
    expect(plain(outcomes)).toMatchObject({ pipeline: { status: 'exited', stdout: 'y\n', stderr: '141\n' } })
  })

  test('output is kept up to a limit, and one that goes on is stopped, even where it ignores SIGPIPE', async () => {
    const mark = uniqueSleep()
    const outcomes = await run([
      shell('all of it', `head -c ${KEPT_BYTES} /dev/zero`),
      shell('too much', `head -c ${KEPT_BYTES + 1} /dev/zero`),
      shell('endless', 'yes'),
      shell('endless on stderr', 'yes >&2'),
      shell('stubborn', `trap "" PIPE TERM; : ${mark}; while :; do echo stubborn ${mark}; done`),
      shell('endless and left behind', `yes ${mark} & echo started`),
    ])
    const sizes = [...outcomes].map(([id, o]) => [
      id,
      o.status,
      o.status === 'lost' ? 0 : o.stdout.length + o.stderr.length,
    ])
    expect(sizes).toHaveLength(6)
    expect(sizes).toEqual(
      expect.arrayContaining([
        ['all of it', 'exited', KEPT_BYTES],
        ['endless', 'cut', KEPT_BYTES],
        ['endless and left behind', expect.stringMatching(/cut|exited/), expect.any(Number)],
        ['endless on stderr', 'cut', KEPT_BYTES],
        ['stubborn', 'cut', KEPT_BYTES],
        ['too much', 'cut', KEPT_BYTES],
      ]),
    )
    expect(processesWith(mark)).toEqual([])
  })

  test('twenty endless outputs at once cost little memory', async () => {
    await run([shell('warm', 'yes')])
    const before = liveMemory()
    const outcomes = await run(
      Array.from({ length: 20 }, (_, i) => shell(`${i}`, 'head -c 1000000000 /dev/zero')),
    )
    expect([...outcomes.values()].map((outcome) => outcome.status)).toEqual(Array(20).fill('cut'))
    expect(liveMemory() - before).toBeLessThan(60 * 1024 * 1024)
  })

  test('stopping a run ends its commands on the host', async () => {
    const time = uniqueSleep()
    const stop = new AbortController()
    const running = run(
      [
        shell('long', `(setsid sleep ${time} &); trap "" TERM; sleep ${time}; sleep ${time}`, 60_000),
        shell('quick', 'echo done'),
      ],
      { signal: stop.signal, onOutcome: (id) => id === 'quick' && stop.abort() },
    )
    const outcomes = await running
    expect(plain(outcomes)).toEqual({
      long: { status: 'lost', reason: 'the run was stopped' },
      quick: expect.objectContaining({ status: 'exited', stdout: 'done\n' }),
    })
    await vi.waitFor(() => expect(processesWith(time)).toEqual([]), 3_000)
  })

  test('a run that was stopped before it began starts nothing', async () => {
    const outcomes = await run([shell('never', 'echo unreached')], { signal: AbortSignal.abort() })
    expect(plain(outcomes)).toEqual({ never: { status: 'lost', reason: 'the run was stopped' } })
  })

  test.each([
    ['the program on the host', 'SIGKILL', 3],
    ['the program on the host, gently', 'SIGTERM', 3],
    ['the worker of a command', 'SIGKILL', 2],
  ] as const)('killing %s leaves nothing behind and no wrong answer', async (_, signal, generation) => {
    const time = uniqueSleep()
    const running = run([shell('long', `sh -c 'sleep ${time}; :'; :`, 60_000)])
    const sleeper = await vi.waitFor(() => {
      const pid = processesWith(time).find((one) => processesWith(`sleep\0${time}`).includes(one))
      if (!pid) throw new Error('it does not run yet')
      return pid
    }, 5_000)
    let target = sleeper
    for (let i = 0; i <= generation; i++) target = parentOf(target)
    process.kill(target, signal)
    const outcomes = await running
    expect(outcomes.get('long')).toMatchObject({ status: 'lost' })
    await vi.waitFor(() => expect(processesWith(time)).toEqual([]), 3_000)
  })

  test('the login is known', () => {
    expect(opened.session.user).toBe(way === 'an ssh2 server' ? 'diagnostics' : userInfo().username)
  })
})

test('a machine without perl says so', async () => {
  vi.stubEnv('PATH', '/nonexistent')
  const { session } = await enter({ kind: 'local' }, '/nonexistent', async () => {})
  const outcomes = await session.run([shell('a', 'true')])
  vi.unstubAllEnvs()
  expect(plain(outcomes)).toEqual({
    a: { status: 'lost', reason: 'this machine has no perl; install perl-base' },
  })
})

describe('while its commands wait', () => {
  /** How often the process that watches over a command wakes up meanwhile. */
  const wakes = shell(
    'wakes',
    `count() { sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "/proc/$PPID/status"; }
     before=$(count); sleep 0.8; after=$(count); echo $((after - before))`,
  )
  const wakesOf = (outcomes: ReadonlyMap<string, Outcome>): number => {
    const outcome = outcomes.get('wakes')
    return outcome && outcome.status !== 'lost' ? Number(outcome.stdout.toString()) : Number.NaN
  }

  test('a wave sleeps', async () => {
    const { session } = await enter({ kind: 'local' }, '/nonexistent', async () => {})
    expect(wakesOf(await session.run([wakes]))).toBeLessThanOrEqual(1)
  })

  const ask = 'syscall $PIDFD_OPEN, $_[0], 0'
  test.each([
    // A number that no kernel has.
    ['cannot tell it of their end', '1, 434)', '1, 999)'],
    // In place of a pidfd what is always readable: the standard input, /dev/null.
    ['tells it so all the time', ask, '0'.padEnd(ask.length)],
  ])('a wave looks now and then where the kernel %s, and ends them as well', async (_, kernel, other) => {
    expect(WAVE_PROGRAM.toString()).toContain(kernel)
    const start: Start = async (lengths) => {
      const child = spawn('perl', perlArguments(lengths), { stdio: 'pipe' })
      const input = new Transform({
        transform: (chunk: Buffer, _, done) =>
          done(null, Buffer.from(chunk.toString('latin1').replace(kernel, other), 'latin1')),
      })
      input.pipe(child.stdin)
      const ended = new Promise<{ code: number | null }>((over) =>
        child.once('close', (code) => over({ code })),
      )
      const destroy = () => child.kill('SIGKILL')
      return { ok: true, program: { input, output: child.stdout, errors: child.stderr, ended, destroy } }
    }
    const outcomes = await runWave(start, 'me', [
      wakes,
      shell('late', 'sleep 20', 300),
      shell('quick', 'echo hi'),
    ])
    expect(wakesOf(outcomes)).toBeGreaterThan(3)
    expect(plain(outcomes)).toMatchObject({
      late: { status: 'timed-out' },
      quick: { status: 'exited', stdout: 'hi\n' },
    })
  })
})

test('the program for the host needs no module beyond perl-base', () => {
  expect(WAVE_PROGRAM.toString().match(/^\s*(use|require) .*/gm)).toEqual([
    'use strict;',
    'require warnings;    # once for all probes that ask for it',
  ])
})
