import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Runbooks } from '../../../src/engine/load-runbooks.ts'
import type { Report } from '../../../src/findings/report.ts'
import { record, recordingOf } from '../../../src/runs/recordings/recording.ts'
import { replay } from '../../../src/runs/recordings/replay.ts'
import { runbooks } from '../../engine/sample-runbook.ts'
import { type Answers, examined, NOW, silent } from './examined.ts'

/** A probe whose output is "1" where something is wrong, and the finding that says so. */
const flag = (id: string, finding: string, more = '') => `
  ${finding}:
    title: ${finding.replace('.', ' ')}
    because: ${finding.replace('.', ' ')}
    when: ${id}.out == "1"
    severity: critical
    subject: ${id}
    detail: it says \${${id}.out}
    evidence: [${id}]
    resolution: [Mend it]${more}`
const probe = (id: string) => `
  ${id}: { title: Look at ${id}, run: look ${id} }`
const topic = (name: string, order: number, rest: string) =>
  `version: 1\ntopic: ${name}\norder: ${order}\ntitle: ${name}\nsymptoms: [it fails]\n${rest}`

const host = `version: 1
part: host
description: The machine
probes:${probe('disk')}
findings:${flag('disk', 'host.disk-full')}
`
const db = topic(
  'db',
  1,
  `include: [host]
probes:${probe('login')}${probe('api')}${probe('slow')}
  said: { title: Log, run: tail log, parse: { special: dated-log }, log: { of: DebVisor, own: true } }
findings:${flag('login', 'postgresql.refuses', '\n    explainedBy: [host.disk-full, nginx.holds]')}${flag(
    'slow',
    'postgresql.slow',
  ).replace('critical', 'warning')}${flag(
    'api',
    'api.errors',
    '\n    symptom: true\n    explainedBy: [postgresql.refuses, nginx.limit]',
  )}
`,
)
const websocket = topic(
  'websocket',
  2,
  `include: [host]
probes:${probe('nginx')}${probe('limit')}
fixes:
  reload: { title: Reload nginx, steps: [[/usr/bin/systemctl, reload, nginx]], effect: e, risk: r }
findings:${flag('nginx', 'nginx.upgrade', '\n    fix: reload')}${flag('limit', 'nginx.limit')}${flag(
    'limit',
    'nginx.holds',
    '\n    explainedBy: [postgresql.slow]',
  ).replace('== "1"', '== "2"')}
`,
)
const performance = topic(
  'performance',
  3,
  `include: [host]
probes:${probe('swap')}
findings:${flag('swap', 'host.swapping').replace('critical', 'warning')}
  host.pool:
    title: the pool is empty
    when: swap.out.contains("pool")
    severity: warning
    subject: pool
    detail: it is empty
    evidence: [{ probe: swap, text: 'grep(swap.out, "pool")' }]
    resolution: [Fill it]
  host.scanned:
    title: somebody scans it
    when: swap.out == "2"
    severity: warning
    confidence: likely
    subject: scan
    detail: it looks like that
    evidence: [swap]
    resolution: [See who]
`,
)
const vpn = topic('vpn', 4, `probes:${probe('tunnel')}\nfindings:${flag('tunnel', 'vpn.down')}\n`)
const all = runbooks(host, db, websocket, performance, vpn)
const withoutChain = runbooks(host, db, websocket.replace('explainedBy: [postgresql.slow]', ''), performance)

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

interface Looking {
  readonly topic?: string
  readonly books?: Runbooks
  readonly others?: readonly string[]
  readonly alwaysWider?: boolean
  readonly ms?: number
}

const look = (
  says: Answers,
  { topic = 'db', books = all, others = [...books.topics.keys()], ...circumstances }: Looking = {},
) => {
  const runbook = books.find(topic)
  if (!runbook) throw new Error(`no topic ${topic}`)
  const asked = others.flatMap((name) => books.find(name) ?? [])
  return examined(says, runbook, asked, circumstances)
}

const ofDb = ['disk', 'login', 'api', 'slow', 'said']

/** Errors of the platform's own log, the last one a second ago: they go on. */
const failing = (...ages: readonly number[]): string =>
  [
    `now=${NOW} zone=+0000`,
    ...ages.map(
      (age) => `${new Date((NOW - age) * 1_000).toISOString().slice(0, 19)}Z ERROR app: pool is empty`,
    ),
    '',
  ].join('\n')

const told = ({ findings }: Report): string[] =>
  findings.map(({ role, id, topic = '' }) => `${role} ${id} ${topic}`.trim())

describe('a look at a host that is in trouble', () => {
  it('asks nothing beyond its topic where all is well', async () => {
    const { asked, report } = await look({ nginx: '1', swap: '1' })
    expect(asked).toEqual([ofDb])
    expect(report.verdict).toBe('healthy')
    expect(report.alsoAsked).toBeUndefined()
  })

  it('asks what the other topics ask beyond it, and nothing twice', async () => {
    const { asked, report } = await look({ login: '1' })
    expect(asked).toEqual([ofDb, ['nginx', 'limit', 'swap']])
    expect(report.alsoAsked).toEqual(['websocket', 'performance'])
    expect(report.probes.map(({ id, topic = '' }) => `${id} ${topic}`.trim())).toEqual([
      ...ofDb,
      'nginx websocket',
      'limit websocket',
      'swap performance',
    ])
  })

  it('tells the causes of other topics below its own, with the topic that looks into them', async () => {
    const { report } = await look({ login: '1', nginx: '1', swap: '1' })
    expect(told(report)).toEqual([
      'cause postgresql.refuses',
      'cause nginx.upgrade websocket',
      'cause host.swapping performance',
    ])
    expect(report.summary).toBe('postgresql refuses')
  })

  it('tells all that is to be mended above what follows from it', async () => {
    const { report } = await look({ login: '1', api: '1', nginx: '1' })
    expect(told(report)).toEqual([
      'cause postgresql.refuses',
      'cause nginx.upgrade websocket',
      'consequence api.errors',
    ])
  })

  it('tells what is only likely, and no more than a warning, as a notice', async () => {
    const { report } = await look({ login: '1', swap: '2' })
    expect(told(report)).toEqual(['cause postgresql.refuses', 'notice host.scanned performance'])
  })

  it('leaves a fix to a run of the topic that has it', async () => {
    const { report } = await look({ login: '1', nginx: '1' })
    const [, beyond] = report.findings
    expect(beyond?.fix).toBeUndefined()
    expect(beyond?.resolution).toEqual(['Mend it', 'Diagnose websocket on this host: its runbook has a fix'])
  })

  it('tells a cause of another topic first where that explains what its own topic only sees', async () => {
    const { report } = await look({ api: '1', limit: '1' })
    expect(told(report)).toEqual(['cause nginx.limit websocket', 'consequence api.errors'])
    expect(report.findings[1]).toMatchObject({ explainedBy: ['nginx.limit'] })
    expect(report.findings[1]?.symptom).toBeUndefined()
    expect(report.summary).toBe('api errors because nginx limit')
  })

  it('tells a critical cause before a symptom that it does not explain, and a warning after it', async () => {
    const { report } = await look({ api: '1', nginx: '1', swap: '1' })
    expect(told(report)).toEqual([
      'cause nginx.upgrade websocket',
      'cause api.errors',
      'cause host.swapping performance',
    ])
    expect(report.summary).toBe('nginx upgrade (websocket); api errors (cause unknown)')
  })

  it('is a problem where another topic proves one and its own could not see', async () => {
    const { report } = await look({ login: silent('refused'), nginx: '1' })
    expect(report.verdict).toBe('problem')
    expect(report.summary).toBe('nginx upgrade (websocket); could not look at look at login')
    expect(report.unknown.map(({ probe }) => probe)).toEqual(['login'])
  })

  it('stays inconclusive where all that another topic has is a warning', async () => {
    const { report } = await look({ login: silent('refused'), swap: '1' })
    expect(report.verdict).toBe('inconclusive')
    expect(told(report)).toEqual(['notice host.swapping performance'])
  })

  it('says nothing of what only other topics could not see', async () => {
    const { report } = await look({ login: '1', nginx: silent('refused') })
    expect(report.unknown).toEqual([])
  })

  it('asks no topic that speaks of something else, or whose probe has the name of another', async () => {
    const { asked } = await look({ tunnel: '1' }, { topic: 'vpn' })
    expect(asked).toEqual([['tunnel']])
    const other = topic('other', 5, `include: [host]\nprobes:${probe('login').replace('look login', 'w')}\n`)
    const { report } = await look(
      { login: '1' },
      { books: runbooks(host, db, websocket, performance, other) },
    )
    expect(report.alsoAsked).toEqual(['websocket', 'performance'])
  })

  it('asks no topic that it is not given, because readers of the verdict may not look at it', async () => {
    const { asked, report } = await look({ login: '1', nginx: '1' }, { others: ['performance'] })
    expect(asked[1]).toEqual(['swap'])
    expect(report.alsoAsked).toEqual(['performance'])
    expect(told(report)).toEqual(['cause postgresql.refuses'])
  })

  it('has a headline that fits the cause that is told first, where its own first one follows from that', async () => {
    const { report } = await look({ login: '1', slow: '1', limit: '2' }, { books: withoutChain })
    expect(told(report)).toEqual([
      'cause nginx.holds websocket',
      'cause postgresql.slow',
      'consequence postgresql.refuses',
    ])
    expect(report.summary).toBe('postgresql refuses because nginx holds')
  })

  it('tells what follows from its own cause by way of another topic as a consequence', async () => {
    const { report } = await look({ login: '1', slow: '1', limit: '2' })
    expect(told(report)).toEqual(['cause postgresql.slow', 'consequence postgresql.refuses'])
    expect(report.findings[1]?.explainedBy).toEqual(['postgresql.slow'])
    expect(report.summary).toBe('postgresql refuses because postgresql slow')
  })

  it('is a problem, not a doubt, where another topic explains the errors in its log', async () => {
    const said = failing(90, 60, 30, 1)
    const alone = await look({ said }, { others: [] })
    expect([alone.report.verdict, alone.report.unexplained?.length]).toEqual(['inconclusive', 1])
    const { report } = await look({ said, swap: said })
    expect(told(report)).toEqual(['cause host.pool performance'])
    expect([report.verdict, report.summary]).toEqual(['problem', 'the pool is empty'])
    expect(report.unexplained).toBeUndefined()
  })

  it('keeps the errors in its log that nothing explains', async () => {
    const { report } = await look({ said: failing(90, 60, 30, 1), nginx: '1' })
    expect(report.summary).toBe(
      'nginx upgrade (websocket); DebVisor keeps logging an error that nothing here explains: ERROR app: pool is empty',
    )
    expect(report.unexplained).toHaveLength(1)
  })

  it('asks the others also of a host that its topic finds well, where a run before found something there', async () => {
    const { report } = await look({ swap: '1' }, { alwaysWider: true })
    expect(told(report)).toEqual(['cause host.swapping performance'])
    expect(report.verdict).toBe('problem')
    const well = (await look({}, { alwaysWider: true })).report
    expect(well).toMatchObject({ verdict: 'healthy', alsoAsked: ['websocket', 'performance'] })
    expect(well.ruledOut.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['postgresql.refuses', 'host.swapping']),
    )
  })

  it('is not green where what was found there cannot be seen any more', async () => {
    const { report } = await look({ nginx: silent('refused') }, { alwaysWider: true })
    expect(report).toMatchObject({ verdict: 'inconclusive', summary: 'could not look at look at nginx' })
    expect(report.unknown.map(({ probe }) => probe)).toEqual(['nginx'])
  })

  it('does not go on with a host that took a minute for its topic', async () => {
    expect((await look({ login: '1' }, { ms: 20_000 })).asked).toHaveLength(2)
    expect((await look({ login: '1' }, { ms: 61_000 })).asked).toHaveLength(1)
  })

  it('does not burden a host that did not answer in time, or whose connection is lost', async () => {
    const late = silent('timed-out')
    const { asked } = await look({ login: late, api: late })
    expect(asked).toHaveLength(1)
    expect((await look({ api: { status: 'lost', reason: 'reset', ms: 1 } })).asked).toHaveLength(1)
  })

  it('is judged the same from its recording', async () => {
    const { examination, report } = await look({ api: '1', limit: '1', swap: '1' })
    const folder = join(mkdtempSync(join(tmpdir(), 'debvisor-wider-')), 'run')
    folders.push(folder)
    expect(record(folder, recordingOf(examination), report)).toEqual({ ok: true })
    const again = replay(all, folder)
    expect(again).toMatchObject({ ok: true, differs: '' })
    expect(again.ok && told(again.report)).toEqual(told(report))
  })
})
