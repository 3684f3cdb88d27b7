import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Runbooks } from '../../../src/engine/load-runbooks.ts'
import type { Report } from '../../../src/findings/report.ts'
import { record, recordingOf } from '../../../src/runs/recordings/recording.ts'
import { replay } from '../../../src/runs/recordings/replay.ts'
import { runbooks } from '../../engine/sample-runbook.ts'
import { type Answers, examined, silent } from './examined.ts'

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
probes:${probe('login')}${probe('api')}
findings:${flag('login', 'postgresql.refuses', '\n    explainedBy: [host.disk-full]')}${flag(
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
findings:${flag('nginx', 'nginx.upgrade', '\n    fix: reload')}${flag('limit', 'nginx.limit')}
`,
)
const performance = topic(
  'performance',
  3,
  `include: [host]
probes:${probe('swap')}
findings:${flag('swap', 'host.swapping').replace('critical', 'warning')}
`,
)
const vpn = topic('vpn', 4, `probes:${probe('tunnel')}\nfindings:${flag('tunnel', 'vpn.down')}\n`)
const all = runbooks(host, db, websocket, performance, vpn)

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const look = (
  says: Answers,
  {
    topic = 'db',
    books = all,
    others = [...books.topics.keys()],
  }: { topic?: string; books?: Runbooks; others?: string[] } = {},
) => {
  const runbook = books.find(topic)
  if (!runbook) throw new Error(`no topic ${topic}`)
  return examined(
    says,
    runbook,
    others.flatMap((name) => books.find(name) ?? []),
  )
}

const told = ({ findings }: Report): string[] =>
  findings.map(({ role, id, topic = '' }) => `${role} ${id} ${topic}`.trim())

describe('a look at a host that is in trouble', () => {
  it('asks nothing beyond its topic where all is well', async () => {
    const { asked, report } = await look({ nginx: '1', swap: '1' })
    expect(asked).toEqual([['disk', 'login', 'api']])
    expect(report.verdict).toBe('healthy')
    expect(report.alsoAsked).toBeUndefined()
  })

  it('asks what the other topics ask beyond it, and nothing twice', async () => {
    const { asked, report } = await look({ login: '1' })
    expect(asked).toEqual([
      ['disk', 'login', 'api'],
      ['nginx', 'limit', 'swap'],
    ])
    expect(report.alsoAsked).toEqual(['websocket', 'performance'])
    expect(report.probes.map(({ id }) => id)).toEqual(['disk', 'login', 'api', 'nginx', 'limit', 'swap'])
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
    expect(report.summary).toBe('nginx upgrade (websocket); could not look at Look at login')
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

  it('does not burden a host that did not answer in time, or whose connection is lost', async () => {
    const late = silent('timed-out')
    const { asked } = await look({ disk: late, login: late, api: late })
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
