import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type DemoHosts, openDemoHosts } from '../../playground/ssh/demo-hosts.ts'
import { newKeyPair } from '../../playground/ssh/server.ts'
import type { Terminal } from '../../src/cli/output/terminal.ts'
import { runCli } from '../../src/cli/program.ts'
import { publishedSchema } from '../../src/engine/report-schema.ts'
import { readRecording } from '../../src/runs/recordings/recording.ts'
import { startTcpProxy } from '../fakes/tcp-proxy.ts'
import { fakeTerminal } from './fake-terminal.ts'

interface Ran {
  readonly status: number
  readonly out: string
  readonly err: string
}

async function run(args: readonly string[], input = '', answer?: string): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const term: Terminal = {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    status: () => {},
    interactive: false,
    colour: false,
    ask: async () => answer,
    input: async () => Buffer.from(input),
  }
  const status = await runCli(term, {}, args)
  return { status, out: out.join('\n'), err: err.join('\n') }
}

let demoHosts: DemoHosts
beforeAll(async () => {
  demoHosts = await openDemoHosts({ hosts: ['host1', 'host2'] })
  mkdirSync(join(demoHosts.folder, 'own'))
  // A topic whose verdict this file decides: the machine that runs the tests does not.
  writeFileSync(join(demoHosts.folder, 'own', 'flag.yml'), flagRunbook(join(demoHosts.folder, 'flag')))
  writeFileSync(demoHosts.config, `${readFileSync(demoHosts.config, 'utf8')}runbooks: [./own]\n`)
})
afterAll(() => demoHosts?.close())

const flagRunbook = (flag: string) => `version: 1
topic: flag
title: A flag
symptoms: [Somebody raised it]
probes:
  flag: { title: Flag, run: "cat ${flag} || echo down", parse: lines }
  slow: { title: Slow, run: "sleep 0.2; echo done" }
findings:
  flag.raised:
    title: The flag is raised
    because: its flag is raised
    when: flag.lines[0] == "up"
    severity: critical
    subject: flag
    detail: it says \${flag.lines[0]}
    evidence: [flag]
    resolution: [Take it down]
`

const diagnose = (...more: string[]) =>
  run(['diagnose', 'flag', 'host1', '--config', demoHosts.config, ...more])
const raise = (word: string) => writeFileSync(join(demoHosts.folder, 'flag'), `${word}\n`)

describe('debvisor diagnose', () => {
  it('ends with 0 on a healthy host and 1 on a problem, and prints the verdict first', async () => {
    raise('down')
    const healthy = await diagnose()
    expect(healthy.status).toBe(0)
    expect(healthy.out.split('\n')[0]).toMatch(/^🟢 flag on host1: /u)
    raise('up')
    const problem = await diagnose()
    expect(problem.status).toBe(1)
    expect(problem.out.split('\n')[0]).toBe('🔴 flag on host1: The flag is raised')
  })

  it('without a topic chooses one by what is said, and says why on stderr', async () => {
    raise('up')
    const { status, out, err } = await run([
      ...['diagnose', 'host1', 'somebody', 'raised', 'a', 'flag', '--config', demoHosts.config],
      ...['--format', 'json'],
    ])
    expect(status).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ topic: 'flag' })
    expect(err).toBe('flag chosen by “somebody”, “raised”, “flag”, as in its symptom: Somebody raised it')
  })

  it('takes the host before the topic too', async () => {
    raise('down')
    const { status, out, err } = await run(['diagnose', 'host1', 'flag', '--config', demoHosts.config])
    expect({ status, first: out.split('\n')[0] }).toEqual({
      status: 0,
      first: expect.stringContaining('flag on host1'),
    })
    expect(err).not.toContain('chosen')
  })

  it('prints JSON that its schema accepts, and nothing else on stdout', async () => {
    raise('up')
    const { out, err } = await diagnose('--format', 'json')
    const report = publishedSchema.parse(JSON.parse(out))
    expect(report.findings[0]).toMatchObject({ id: 'flag.raised', role: 'cause', subject: 'flag' })
    expect(report.cost?.processes).toBeGreaterThan(0)
    expect(err).toBe('')
  })

  it('records what it judged, so that the same report comes out of the recording', async () => {
    const folder = join(demoHosts.folder, 'recorded')
    const { out } = await diagnose('--format', 'json', '--record', folder)
    const read = readRecording(folder)
    if (!read.ok) throw new Error(read.sentence)
    const { verdict, summary } = read.concluded
    expect(JSON.parse(out)).toMatchObject({ verdict, summary })
    expect(read.recording.origin).toBe('real')
    expect(read.recording.records.map((r) => r.id).sort()).toEqual(['flag', 'slow'])
    const again = await diagnose('--record', folder)
    expect(again).toMatchObject({ status: 3, err: expect.stringContaining('is not empty') })
  })

  it.each([
    [['diagnose', 'flga', 'host1'], /no topic, host or group 'flga'. Did you mean 'flag'/],
    [['diagnose', 'flag', 'hots1'], /no host or group 'hots1'.*Did you mean 'host1'/],
    [['diagnose', 'flag', 'host1;reboot'], /no host or group 'host1;reboot'/],
    [['diagnose', 'flag'], /On which host\?/],
    [['diagnose'], /What is to be diagnosed\? debvisor diagnose <topic> <hosts>/],
    [
      ['diagnose', 'flag', 'host1', 'host2'],
      /What is 'host2' after host1\? Several hosts are written as one word: 'host1,host2'/,
    ],
    [['diagnose', 'host1', 'host2'], /Several hosts are written as one word: 'host1,host2'/],
    [
      ['diagnose', 'flag', 'host1', '--force'],
      /Unknown option '--force'\. (Did you mean .*)?See debvisor --help/,
    ],
    [
      ['diagnsoe', 'flag', 'host1'],
      /^debvisor: Unknown command 'diagnsoe'\. Did you mean diagnose\? See debvisor --help\.$/,
    ],
    [['diagnose', 'flag', 'x'.repeat(10_000)], /^.{0,150}$/],
    [['diagnose', 'flag', 'host1', `--${'x'.repeat(10_000)}`], /^.{0,300}$/],
    [['diagnose', 'flag', 'h\u001b[2Jx'], /no host or group 'hx'/],
    [
      ['diagnose', 'flag', 'host1', '--format', 'xml'],
      /^debvisor: .*choices are text, json, csv\. See debvisor --help\.$/,
    ],
  ])('%j could not run: one sentence and status 3', async (args, said) => {
    const ran = await run([...args, '--config', demoHosts.config])
    expect(ran.status).toBe(3)
    expect(ran.err).toMatch(said)
    expect(ran.out).toBe('')
  })

  it('with a host that does not answer could not run', async () => {
    const proxy = await startTcpProxy(1)
    const inventory = edited('inventory.yml', /ansible_port: \d+/, `ansible_port: ${proxy.port}`)
    await proxy.close()
    const ran = await diagnose('--inventory', inventory)
    expect(ran).toMatchObject({
      status: 3,
      err: expect.stringMatching(/^debvisor: Could not examine host1: /),
    })
  })

  it('with a host key that is not pinned, or another one, could not run, and says how to pin it', async () => {
    const empty = join(demoHosts.folder, 'no_hosts')
    writeFileSync(empty, '')
    const unknown = await diagnose('--known-hosts', empty)
    expect(unknown).toMatchObject({ status: 3, err: expect.stringContaining('debvisor hosts trust host1') })
  })

  it('with a key file that others can read could not run', async () => {
    chmodSync(join(demoHosts.folder, 'key'), 0o644)
    const ran = await diagnose()
    chmodSync(join(demoHosts.folder, 'key'), 0o600)
    expect(ran).toMatchObject({ status: 3, err: expect.stringContaining('chmod 600') })
  })

  it('with a connection that is lost midway is inconclusive, never healthy', async () => {
    raise('down')
    const proxy = await startTcpProxy(demoHosts.ssh.port)
    const known = edited('known_hosts', `:${demoHosts.ssh.port}`, `:${proxy.port}`)
    const inventory = edited('inventory.yml', /ansible_port: \d+/, `ansible_port: ${proxy.port}`)
    // The finding hangs on what is lost: the other probe may have answered by then.
    const slow = flagRunbook(join(demoHosts.folder, 'flag'))
      .replace('sleep 0.2', `touch ${demoHosts.folder}/begun; sleep 20`)
      .replace('when: flag.lines[0] == "up"', 'when: \'flag.lines[0] == "up" || slow.out == "up"\'')
    writeFileSync(join(demoHosts.folder, 'own', 'flag.yml'), slow)
    const ran = diagnose('--inventory', inventory, '--known-hosts', known)
    while (!existsSync(join(demoHosts.folder, 'begun'))) await delay(20)
    proxy.cut('rst')
    expect(await ran).toMatchObject({ status: 2, out: expect.stringMatching(/^🟡/u) })
    await proxy.close()
    writeFileSync(join(demoHosts.folder, 'own', 'flag.yml'), flagRunbook(join(demoHosts.folder, 'flag')))
  })
})

describe('debvisor diagnose of a host that was taken over', () => {
  /** Title, link, colour, reversed text, NUL and a control of 8 bits: printed, as JSON has them, and on stderr. */
  const hostile = `version: 1
topic: hostile
title: A hostile host
symptoms: [It lies]
probes:
  shout: { title: Shout, run: "printf '\\\\033]0;owned\\\\007\\\\033]8;;http://evil\\\\033\\\\134\\\\0\\\\233\\\\302\\\\2331mshouted \\\\342\\\\200\\\\256x'", parse: lines }
  coded:
    title: Coded
    run: printf '%s' '{"said":"\\u001b[2J\\u009b1mcoded \\u202ex\\u0000"}'
    parse: { json: { fields: { said: { path: said, type: string } } } }
  fails: { title: Fails, run: "printf '\\\\033[2J\\\\033]8;;http://evil\\\\007failed \\\\342\\\\200\\\\256x' >&2; exit 3" }
findings:
  hostile.shouts:
    title: It says \${shout.lines[0]} and \${coded.fields.said}
    when: shout.lines.size() > 0 && coded.fields.said != ""
    severity: critical
    subject: \${coded.fields.said}
    detail: It said \${coded.fields.said}
    evidence: [shout, coded]
    resolution: ['Do not run \${coded.fields.said}']
  hostile.fails:
    { title: It fails, when: fails.out == "", severity: critical, subject: x, detail: x, evidence: [fails], resolution: [Look] }
`
  const strings = (value: unknown): string[] =>
    typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(strings)
  const unseen = /(?![\n\t])[\p{Cc}\p{Cf}]/u

  it('prints and records none of its escapes', async () => {
    writeFileSync(join(demoHosts.folder, 'own', 'hostile.yml'), hostile)
    const folder = join(demoHosts.folder, 'recorded-hostile')
    const text = await run(['diagnose', 'hostile', 'host1', '--config', demoHosts.config, '--record', folder])
    const json = await run(['diagnose', 'hostile', 'host1', '--config', demoHosts.config, '--format', 'json'])
    rmSync(join(demoHosts.folder, 'own', 'hostile.yml'))
    expect([text.status, json.status]).toEqual([1, 1])
    expect(text.out).toMatch(/It says .*shouted <U\+202E>x and coded <U\+202E>x/)
    expect(text.out + text.err).toMatch(/fails.*: exit status 3: failed <U\+202E>x/)
    const recorded = readFileSync(join(folder, 'recording.yml'), 'utf8')
    for (const written of [text.out, text.err, json.out, recorded]) expect(written).not.toMatch(unseen)
    // What is an escape in JSON and YAML is a control for whoever reads it: `jq -r` prints it.
    for (const value of [...strings(JSON.parse(json.out)), ...strings(parse(recorded))])
      expect(value).not.toMatch(unseen)
  })
})

describe('debvisor hosts trust', () => {
  it('pins a key after a yes, and not after anything else', async () => {
    const pinned = join(demoHosts.folder, 'pinned')
    const trust = (answer?: string, ...more: string[]) =>
      run(
        ['hosts', 'trust', 'host1', '--config', demoHosts.config, '--known-hosts', pinned, ...more],
        '',
        answer,
      )
    expect(await trust('no')).toMatchObject({ status: 3, err: expect.stringContaining('Nothing was pinned') })
    expect(await trust(undefined)).toMatchObject({ status: 3, err: expect.stringContaining('--fingerprint') })
    expect(await trust(undefined, '--fingerprint', 'SHA256:nope')).toMatchObject({ status: 3 })
    expect(existsSync(pinned)).toBe(false)
    expect(await trust('yes')).toMatchObject({ status: 0 })
    expect(await diagnose('--known-hosts', pinned)).not.toMatchObject({ status: 3 })
    const line = readFileSync(pinned, 'utf8')
    const shown = /SHA256:\S+/.exec((await trust('yes')).err)?.[0] ?? ''
    expect(readFileSync(pinned, 'utf8')).toBe(line)
    rmSync(pinned)
    expect(await trust(undefined, '--fingerprint', shown)).toMatchObject({ status: 0 })
    expect(readFileSync(pinned, 'utf8')).toBe(line)
  })

  it('does not pin a second key beside an older one, which would stay trusted', async () => {
    const pinned = join(demoHosts.folder, 'pinned-before')
    const older = `# host1\n[127.0.0.1]:${demoHosts.ssh.port} ${newKeyPair().public.trim()}\n`
    writeFileSync(pinned, older)
    const ran = await run(
      ['hosts', 'trust', 'host1', '--config', demoHosts.config, '--known-hosts', pinned],
      '',
      'yes',
    )
    expect(ran).toMatchObject({
      status: 3,
      err: expect.stringMatching(/pinned-before:2 pins another ssh-ed25519 key of host1/),
    })
    expect(readFileSync(pinned, 'utf8')).toBe(older)
  })
})

describe('debvisor validate', () => {
  it('lists every problem of every file with its line, and nothing starts', async () => {
    const bad = join(demoHosts.folder, 'bad')
    mkdirSync(bad)
    writeFileSync(
      join(bad, 'one.yml'),
      flagRunbook('/x').replace('topic: flag', 'topic: other').replace('title: A', 'titel: A'),
    )
    writeFileSync(
      join(bad, 'two.yml'),
      flagRunbook('/x')
        .replace('topic: flag', 'topic: third')
        .replace('timeout', 'x')
        .replace('severity: critical', 'severity: loud'),
    )
    const ran = await run(['validate', bad, '--config', demoHosts.config])
    expect(ran.status).toBe(3)
    expect(ran.err).toMatch(/one\.yml:3:1 titel: /)
    expect(ran.err).toMatch(
      /two\.yml:\d+:\d+ findings\.flag\.raised\.severity|findings\["flag\.raised"\]\.severity/,
    )
  })

  it('lists what is wrong with runbooks, inventory, variables, time limits and the policy at once', async () => {
    const inventory = edited('inventory.yml', /^ {2}vars:$/m, '  vars:\n    pgbouncerPort: none')
    const access = join(demoHosts.folder, 'bad-access.yml')
    writeFileSync(
      access,
      'version: 1\nrules:\n  - { effect: allow, users: all, actions: [read], topics: [dbb], hosts: [host3] }\n',
    )
    const limit = 'escalation: { acknowledgeWithin: [{ hostGroups: [nobody], minutes: 5, then: offer }] }\n'
    const config = edited('debvisor.yml', /$/, `${limit}access: ${access}\ninventory: ${inventory}\n`)
    const said = async (...more: string[]) => (await run(['validate', '--config', config, ...more])).err
    const variables = 'the host variable `pgbouncerPort` must be a port'
    const groups = 'the inventory has no group nobody'
    const hosts = 'rules[0].hosts[0]: the inventory has no `host3`'
    const topics = 'rules[0].topics[0]: the list of runbook topics has no `dbb`'
    const all = await said()
    for (const each of [variables, groups, hosts, topics]) expect(all).toContain(each)
    // What hangs on a file that cannot be read is not said; the rest is.
    const broken = await said(join(demoHosts.folder, 'bad'))
    for (const each of ['one.yml:3:1', groups, hosts]) expect(broken).toContain(each)
    expect(broken).not.toContain('has no `dbb`')
    const none = await said('--inventory', join(demoHosts.folder, 'nowhere.yml'))
    for (const each of ['there is no inventory here', topics]) expect(none).toContain(each)
    expect(none).not.toContain('nobody')
  })

  it('is good with what ships', async () => {
    expect(await run(['validate', '--config', demoHosts.config])).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^Good: /),
    })
  })
})

describe('debvisor redact', () => {
  it('passes stdin through what host output passes', async () => {
    const ran = await run(
      ['redact', '--config', demoHosts.config],
      '\u001b[31mpassword=hunter2xyz\u001b[0m plain\n',
    )
    expect(ran).toMatchObject({ status: 0, out: 'password=[redacted] plain' })
  })

  it('makes nothing of nothing', async () => {
    const { term, out } = fakeTerminal()
    expect(await runCli(term, {}, ['redact', '--config', demoHosts.config])).toBe(0)
    expect(out).toEqual([])
  })
})

/** A copy of one of the demo hosts' files with one thing changed. */
function edited(name: string, what: string | RegExp, by: string): string {
  const path = join(demoHosts.folder, `edited-${name}`)
  writeFileSync(path, readFileSync(join(demoHosts.folder, name), 'utf8').replace(what, by), { mode: 0o600 })
  return path
}
