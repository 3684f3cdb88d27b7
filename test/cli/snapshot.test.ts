import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DemoHosts, openDemoHosts } from '../../playground/ssh/demo-hosts.ts'
import { runCli } from '../../src/cli/program.ts'
import { publishedSchema } from '../../src/engine/report-schema.ts'
import { gateRunbook, hostIs } from '../fakes/gate.ts'
import { fakeTerminal } from './fake-terminal.ts'

interface Ran {
  readonly status: number
  readonly out: string
  readonly err: string
}

async function run(...args: readonly string[]): Promise<Ran> {
  const { term, out, err } = fakeTerminal()
  const status = await runCli(term, {}, [...args, '--config', demoHosts.config])
  return { status, out: out.join('\n'), err: err.join('\n') }
}

let demoHosts: DemoHosts
const at = (name: string): string => join(demoHosts.folder, name)
beforeAll(async () => {
  demoHosts = await openDemoHosts({ hosts: ['host1', 'host2'] })
  mkdirSync(at('own'))
  writeFileSync(at('own/gate.yml'), gateRunbook(demoHosts.folder))
  writeFileSync(demoHosts.config, `${readFileSync(demoHosts.config, 'utf8')}runbooks: [./own]\n`)
})
afterAll(() => demoHosts?.close())

const set = (gate: 'open' | 'shut', ...facts: readonly string[]) => hostIs(demoHosts.folder, gate, facts)
const line = (text: string) => `line\t/etc/gate/bolt.conf\t7\tabc\t${text}`

const snapshot = (...more: string[]) => run('snapshot', 'host1', '--out', at('host1.json'), ...more)
const compared = (...more: string[]) =>
  run('diagnose', 'gate', 'host1', '--baseline', at('host1.json'), ...more)

beforeEach(async () => {
  set('open', line('bolt = out'), 'user\tann\t\t\t1001')
  expect((await snapshot()).status).toBe(0)
})

describe('debvisor snapshot', () => {
  it('keeps what the host is made of in a file that nobody else may read, and says how the host was', async () => {
    const { status, out, err } = await snapshot()
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toMatch(/host1\.json: 3 facts of host1\. gate: healthy, nothing wrong found/)
    expect(statSync(at('host1.json')).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(at('host1.json'), 'utf8'))).toMatchObject({
      version: 1,
      host: 'host1',
      verdict: 'healthy',
      snapshot: { answers: { of_host: [line('bolt = out'), 'user\tann\t\t\t1001', 'end\t\t\t\tof_host'] } },
    })
  })

  it('of a sick host says so, and ends as its diagnosis does', async () => {
    set('shut', line('bolt = in'))
    const { status, err } = await snapshot()
    expect(status).toBe(1)
    expect(err).toContain('host1 is not well, so that nothing will be compared with this snapshot')
  })

  it.each([
    [['snapshot', 'hots1', '--out', 'x'], /no host 'hots1'.*Did you mean 'host1'/],
    [['snapshot', 'host1'], /--out/],
    [['snapshot', 'host1', '--out', 'x', '--topic', 'gaet'], /no topic 'gaet'.*Did you mean 'gate'/],
    [['snapshot', 'host1', '--out', '/nonesuch/x'], /\/nonesuch\/x could not be written/],
  ])('refuses %j in one sentence', async (args, sentence) => {
    const { status, err } = await run(...args)
    expect({ status, lines: err.split('\n').length }).toEqual({ status: 3, lines: 1 })
    expect(err).toMatch(sentence)
  })
})

/** A topic that tells what of the form of answers is not as it was. */
const formRunbook = (folder: string): string => `version: 1
topic: form
title: The form of answers
order: 2
symptoms: [A field is gone]
probes:
  forms:
    title: Answers
    run: cat ${folder}/forms
    parse: lines
    snapshot: evidence
  of_form: { title: Snapshot, run: "printf 'end\\\\t\\\\t\\\\t\\\\tof_form\\\\n'", snapshot: true }
findings:
  form.changed:
    title: The form changed
    because: the form changed
    each: "forms.ran ? compared.answers.filter(c, c.worse) : []"
    severity: warning
    symptom: true
    subject: \${it.path}
    detail: \${it.said}
    evidence: [forms]
    resolution: [Put it back]
`

describe('the form of an answer', () => {
  const answeredWith = (fields: string): void =>
    writeFileSync(
      at('forms'),
      `asked\t/api/x\t200\n${['answer\t/api/x\t1\t-\tapplication/json', 'answer\t/api/x (all)\t1\t-\talways: list', 'answer\t/api/x []\t9\t-\talways: object', fields, 'end\t\t0\t\tforms'].join('\n')}\n`,
    )
  const diagnose = () => run('diagnose', 'form', 'host1', '--baseline', at('form.json'), '--format', 'json')

  it('is kept with a snapshot, and a change for the worse is told', async () => {
    writeFileSync(at('own/form.yml'), formRunbook(demoHosts.folder))
    answeredWith('answer\t/api/x [].at\t9\t-\talways: time with zone')
    expect((await run('snapshot', 'host1', '--out', at('form.json'), '--topic', 'form')).status).toBe(0)
    const { snapshot: kept } = JSON.parse(readFileSync(at('form.json'), 'utf8'))
    expect(kept.answers.forms[0]).toBe('answer\t/api/x\t1\t-\tapplication/json')
    expect(JSON.parse((await diagnose()).out).verdict).toBe('healthy')
    answeredWith('answer\t/api/x [].at\t9\t-\talways: time without zone')
    const { findings } = JSON.parse((await diagnose()).out)
    expect(findings).toMatchObject([
      { id: 'form.changed', subject: '/api/x', detail: 'the times of [].at have no zone any more' },
    ])
    rmSync(at('own/form.yml'))
  })
})

describe('debvisor diagnose --baseline', () => {
  it('names what changed as a suspect, before the symptom and in the first line', async () => {
    set('shut', line('bolt = in'), 'user\tann\t\t\t1001')
    const { status, out } = await compared()
    expect(status).toBe(1)
    expect(out.split('\n')[0]).toBe(
      '🔴 gate on host1: The gate is shut; suspect: /etc/gate/bolt.conf:7 changed',
    )
    expect(out).toContain('of_host │ - bolt = out\n  of_host │ + bolt = in')
    expect(out.indexOf('Suspect: ')).toBeLessThan(out.indexOf('Symptom: The gate is shut'))
    expect(out).toMatch(/Differs from the healthy look \d+ s ago:\n {2}\/etc\/gate\/bolt\.conf:7 changed/)
  })

  it('says it in JSON that its schema accepts, with how sure each finding is', async () => {
    set('shut', line('bolt = in'), 'user\tann\t\t\t1001')
    const { out } = await compared('--format', 'json')
    const report = publishedSchema.parse(JSON.parse(out))
    expect(report.findings.map(({ role, confidence, symptom }) => [role, confidence, symptom])).toEqual([
      ['suspect', 'suspect', undefined],
      ['cause', 'proven', true],
    ])
    expect(report.compared).toMatchObject({ differences: ['/etc/gate/bolt.conf:7 changed'], unseen: [] })
  })

  it('suspects nothing on a host that is well', async () => {
    set('open', line('bolt = 7'), 'user\tann\t\t\t1001')
    const { status, out } = await compared('--format', 'json')
    expect(status).toBe(0)
    expect(JSON.parse(out)).not.toHaveProperty('compared')
  })

  it.each([
    [
      'of another host',
      (file: string) => file.replace('"host": "host1"', '"host": "host2"'),
      /it is of host2/,
    ],
    ['that is broken', (file: string) => file.slice(0, 40), /it is broken/],
    [
      'of a newer bot',
      (file: string) => file.replace('"version": 1', '"version": 2'),
      /a newer debvisor wrote it/,
    ],
    [
      'of a sick host',
      (file: string) => file.replace('"verdict": "healthy"', '"verdict": "problem"'),
      /not well/,
    ],
    [
      'that another machine gave under this name',
      (file: string) => file.replace(/"hostKey": "[^"]+"/, '"hostKey": "SHA256:other"'),
      /it is of another host/,
    ],
  ])(
    'with a snapshot %s says so in one sentence, and gives the verdict without it',
    async (_, change, why) => {
      set('shut', line('bolt = in'), 'user\tann\t\t\t1001')
      const file = readFileSync(at('host1.json'), 'utf8')
      writeFileSync(at('host1.json'), change(file))
      const { status, out, err } = await compared('--format', 'json')
      expect(status).toBe(1)
      expect(err.split('\n')).toEqual([expect.stringMatching(why)])
      expect(err).toContain('host1.json is not compared with: ')
      expect(JSON.parse(out).findings).toMatchObject([{ id: 'gate.shut' }])
    },
  )

  it('without a file says so in one sentence too', async () => {
    const { err } = await run(
      'diagnose',
      'gate',
      'host1',
      '--baseline',
      at('nonesuch.json'),
      '--format',
      'json',
    )
    expect(err).toMatch(/^debvisor: .*nonesuch\.json is not compared with: it is not there/)
  })

  it('keeps what differed in a recording, which is judged again with it', async () => {
    set('shut', line('bolt = in'), 'user\tann\t\t\t1001')
    await compared('--record', at('kept'))
    const again = await run('runbook', 'test', at('kept'))
    expect(again).toMatchObject({ status: 0, out: expect.stringContaining('1 of 1 right') })
  })
})

describe('without anything to compare with', () => {
  const packaged = 'file\t/etc/gate/bolt.conf\t\t\tgate file changed\nend\t\t\t\tof_packages\n'
  const asked = (): number => (existsSync(at('asked')) ? readFileSync(at('asked'), 'utf8').length : 0)
  const diagnose = (...more: string[]) => run('diagnose', 'gate', 'host1', ...more)
  beforeEach(() => {
    writeFileSync(at('packages'), packaged)
    rmSync(at('asked'), { force: true })
  })

  it('a host in trouble is compared with its packages, and what differs is suspected', async () => {
    set('shut')
    const { out } = await diagnose()
    expect(out).toContain('Suspect: /etc/gate/bolt.conf is not as in its package gate')
    expect(out).toContain(
      'Differs from the packages of the platform:\n  /etc/gate/bolt.conf is not as in its package gate',
    )
    expect(asked()).toBe(1)
    const json = publishedSchema.parse(JSON.parse((await diagnose('--format', 'json')).out))
    expect(json.compared).toMatchObject({ with: { kind: 'packages' }, differences: [expect.any(String)] })
  })

  it('a healthy host is not asked, nor one that has a baseline', async () => {
    set('open')
    expect((await diagnose()).status).toBe(0)
    set('shut')
    await compared()
    expect(asked()).toBe(0)
  })

  it('packages that do not answer change nothing', async () => {
    rmSync(at('packages'))
    set('shut')
    const { out, status } = await diagnose()
    expect(status).toBe(1)
    expect(out).not.toMatch(/Suspect|iffers/)
  })
})
