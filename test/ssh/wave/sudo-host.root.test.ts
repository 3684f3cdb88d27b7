import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { sudoersLine } from '../../../src/engine/sudoers/sudoers-line.ts'
import type { Command, Outcome } from '../../../src/ssh/outcome.ts'
import { hasSshd, missing, startSshd } from '../../fakes/sshd.ts'
import { processesWith, uniqueSleep } from '../processes.ts'
import { enter, type TestSession } from '../sessions.ts'

// Makes a user and a sudoers file on this machine, for as long as it runs: vitest.config.ts says when that is wanted.
const maySudo = (): boolean => (existsSync('/usr/bin/sudo') || missing('sudo is not installed')) && hasSshd()

const LOGIN = `debvisor-t${process.pid}`
const NO_RIGHT = `sudo does not let ${LOGIN} run this without a password`
const SUDOERS = `/etc/sudoers.d/${LOGIN}`

function command(...words: [string, ...string[]]): void {
  const [program, ...args] = words
  const done = spawnSync(program, args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${words.join(' ')}: ${done.stderr || done.error?.message}`)
}

/** What sudoers grants to the login. */
function grant(rights: string | undefined): void {
  rmSync(SUDOERS, { force: true })
  if (rights === undefined) return
  writeFileSync(SUDOERS, `${LOGIN} ALL=(root) ${rights}\n`, { mode: 0o440 })
  command('visudo', '-cf', SUDOERS)
}

const privileged = (id: string, argv: string[], timeoutMs = 5_000): Command => ({
  id,
  kind: 'privileged',
  argv,
  timeoutMs,
})
const text = (outcome: Outcome | undefined) =>
  outcome && outcome.status !== 'lost'
    ? { ...outcome, stdout: outcome.stdout.toString(), stderr: outcome.stderr.toString() }
    : outcome

describe.skipIf(!maySudo())('under sudo', () => {
  let opened: TestSession
  const marks: string[] = []
  const mark = (): string => {
    const time = uniqueSleep()
    marks.push(time)
    return time
  }

  beforeAll(async () => {
    command('useradd', '--no-create-home', '--home-dir', '/', '--shell', '/bin/sh', '--password', '*', LOGIN)
    const host = await startSshd({ user: LOGIN })
    opened = await enter({ kind: 'ssh', hops: [host.hop] }, host.knownHostsFile, host.stop)
  })
  afterEach(() => {
    for (const pid of marks.splice(0).flatMap(processesWith)) process.kill(pid, 'SIGKILL')
  })
  afterAll(async () => {
    grant(undefined)
    await opened.stop()
    await vi.waitFor(() => command('userdel', LOGIN), 5_000)
  })

  test('with all rights, commands run as root and answer as they are', async () => {
    grant('NOPASSWD: ALL')
    const outcomes = await opened.session.run([
      privileged('id', ['id', '-u']),
      privileged('words', ['echo', '$HOME; rm', "it's"]),
      privileged('fails', ['false']),
      privileged('missing', ['nonesuch', '--version']),
    ])
    expect(text(outcomes.get('id'))).toMatchObject({ status: 'exited', code: 0, stdout: '0\n' })
    expect(text(outcomes.get('words'))).toMatchObject({ status: 'exited', stdout: "$HOME; rm it's\n" })
    expect(outcomes.get('fails')).toMatchObject({ status: 'exited', code: 1 })
    expect(outcomes.get('missing')).toMatchObject({ status: 'exited', code: 127 })
  })

  test("with all rights, nothing of root's is left behind after a time-out", async () => {
    grant('NOPASSWD: ALL')
    const [child, deaf, daemon] = [mark(), mark(), mark()]
    const outcomes = await opened.session.run([
      privileged('a child', ['sh', '-c', `sleep ${child}; :`], 500),
      privileged('TERM ignored', ['sh', '-c', `trap "" TERM HUP; sleep ${deaf} | cat; sleep ${deaf}`], 500),
      privileged('a daemon', ['sh', '-c', `setsid sleep ${daemon} & sleep ${daemon}`], 500),
    ])
    for (const outcome of outcomes.values())
      expect(outcome).toMatchObject({ status: 'timed-out', leftover: 0 })
    expect([child, deaf, daemon].flatMap(processesWith)).toEqual([])
  })

  test("with all rights, what root's processes start while they are ended is ended too", async () => {
    grant('NOPASSWD: ALL')
    const again = mark()
    // A child goes on in its place twenty times a second, for twenty seconds at most.
    const goesOn = `$SIG{$_} = "IGNORE" for qw(TERM HUP CHLD); my $end = time + 20; sleep 20 if fork;
      while (time < $end) { select undef, undef, undef, 0.05; exit if fork }`
    const outcomes = await opened.session.run(
      ['a', 'b', 'c', 'd'].map((id) => privileged(id, ['perl', '-e', goesOn, again], 500)),
    )
    for (const outcome of outcomes.values())
      expect(outcome).toMatchObject({ status: 'timed-out', leftover: 0 })
    expect(processesWith(again)).toEqual([])
  })

  test('with all rights, an endless output and a stopped run leave nothing behind', async () => {
    grant('NOPASSWD: ALL')
    const [flood, long] = [mark(), mark()]
    const stop = new AbortController()
    const outcomes = await opened.session.run(
      [
        privileged('flood', ['sh', '-c', `trap "" PIPE TERM; while :; do echo ${flood}; done`]),
        privileged('long', ['sh', '-c', `trap "" TERM; sleep ${long}; :`], 60_000),
      ],
      { signal: stop.signal, onOutcome: (id) => id === 'flood' && stop.abort() },
    )
    expect(outcomes.get('flood')).toMatchObject({ status: 'cut' })
    expect(outcomes.get('long')).toMatchObject({ status: 'lost' })
    await vi.waitFor(() => expect([flood, long].flatMap(processesWith)).toEqual([]), 5_000)
  })

  test('with an exact line, a time-out ends the command through sudo, and all else is refused', async () => {
    const time = mark()
    grant(`NOPASSWD: NOEXEC: /usr/bin/sleep ${time}`)
    const outcomes = await opened.session.run([
      privileged('granted', ['sleep', time], 500),
      privileged('other', ['sleep', '1']),
      privileged('more', ['sleep', time, '--help']),
    ])
    expect(outcomes.get('granted')).toMatchObject({ status: 'timed-out', leftover: 0 })
    expect(processesWith(time)).toEqual([])
    expect(outcomes.get('other')).toMatchObject({ status: 'refused', reason: NO_RIGHT })
    expect(outcomes.get('more')).toMatchObject({ status: 'refused', reason: NO_RIGHT })
  })

  test('with the line that we print, each character of an argument is itself, and nothing else', async () => {
    const odd = ['%s %D %p\\n', 'a\\b', '*', '[ab]', 'x?', 'a,b:c=d', '!e', '#f', '^g', 'h i']
    for (const word of odd) {
      grant(sudoersLine(LOGIN, ['/usr/bin/echo', '-n', word], 5_000).slice(`${LOGIN} ALL=(root) `.length))
      const outcomes = await opened.session.run([
        privileged('same', ['echo', '-n', word]),
        privileged('other', ['echo', '-n', `${word}x`]),
        privileged('plain', ['echo', '-n', 'abcdefgh']),
      ])
      expect([word, text(outcomes.get('same'))]).toMatchObject([word, { status: 'exited', code: 0 }])
      expect([word, outcomes.get('other')]).toMatchObject([word, { status: 'refused' }])
      expect([word, outcomes.get('plain')]).toMatchObject([word, { status: 'refused' }])
    }
  })

  /** Ignores every signal that it can, so that only root's KILL ends it. */
  const deaf = (time: string): string[] => ['/usr/bin/env', '--ignore-signal', 'sleep', time]

  test("with an exact line, sudoers' TIMEOUT= ends what ignores signals", async () => {
    const time = mark()
    grant(`TIMEOUT=1s NOPASSWD: ${deaf(time).join(' ')}`)
    const outcomes = await opened.session.run([privileged('granted', deaf(time), 1_000)])
    expect(outcomes.get('granted')).toMatchObject({ status: 'timed-out', leftover: 0 })
    expect(processesWith(time)).toEqual([])
  })

  test('with an exact line that has no TIMEOUT=, what cannot be ended is counted and nobody else is hit', async () => {
    const time = mark()
    grant(`NOPASSWD: ${deaf(time).join(' ')}`)
    const outcomes = await opened.session.run([
      privileged('granted', deaf(time), 500),
      { id: 'neighbour', kind: 'shell', script: 'sleep 1; echo alive', timeoutMs: 5_000 },
    ])
    expect(outcomes.get('granted')).toMatchObject({ status: 'timed-out', leftover: 1 })
    expect(processesWith(time)).not.toEqual([])
    expect(text(outcomes.get('neighbour'))).toMatchObject({ stdout: 'alive\n' })
  })

  test.each([
    ['no rights', undefined],
    ['rights that want a password', 'ALL'],
  ])('with %s, a command is refused', async (_, rights) => {
    grant(rights)
    const outcomes = await opened.session.run([privileged('id', ['id', '-u'])])
    expect(text(outcomes.get('id'))).toMatchObject({ status: 'refused', reason: NO_RIGHT })
  })
})
