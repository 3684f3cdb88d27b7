import { describe, expect, it } from 'vitest'
import { changeOf, comparedReport, withSuspects } from '../../../src/engine/suspects/suspect-findings.ts'
import type { Suspect } from '../../../src/engine/suspects/suspects.ts'
import { judge } from '../../../src/engine/verdict/judge.ts'
import type { Difference } from '../../../src/findings/difference.ts'
import { findingLabel } from '../../../src/findings/finding-label.ts'
import type { Report } from '../../../src/findings/report.ts'
import { host, record, recordsOf, runbook, topic } from '../sample-runbook.ts'
import { difference, finding, symptom } from './sample-trouble.ts'

const suspect = (object: string, more: Partial<Suspect> = {}): Suspect => ({
  difference: difference('file', object),
  traces: [],
  weight: 60,
  reasons: ['it changed', 'it is near'],
  isStrong: false,
  ...more,
})

const proven = finding('proven')
const under = finding('under', { role: 'consequence', explainedBy: ['proven'] })
const ill = symptom('symptom')
const notice = finding('notice', { role: 'notice', severity: 'info' })
const titles = (...given: Parameters<typeof withSuspects>): string[] =>
  withSuspects(...given).map(({ id, role, subject }) => (role === 'suspect' ? subject : id))

describe('suspects among the findings', () => {
  const strong = suspect('/strong', { isStrong: true })
  const weak = suspect('/weak')

  it('stand below causes that are proven, the strong one above symptoms, and all above what follows', () => {
    const all = [proven, ill, under, notice]
    expect(titles(all, [strong, weak])).toEqual(['proven', '/strong', 'symptom', '/weak', 'under', 'notice'])
    expect(titles([notice], [strong, weak])).toEqual(['/strong', '/weak', 'notice'])
    expect(titles([ill], [weak])).toEqual(['symptom', '/weak'])
  })

  it('stand below what is proven also where a symptom is told before it', () => {
    expect(titles([ill, proven, under], [strong, weak])).toEqual([
      'symptom',
      'proven',
      '/strong',
      '/weak',
      'under',
    ])
    expect(titles([ill, proven, symptom('other')], [strong])).toEqual([
      'symptom',
      'proven',
      '/strong',
      'other',
    ])
  })

  it('are findings that say what was, what is, why and what to do', () => {
    const line = difference('line', '/etc/a.conf:3', { was: 'x\ny', now: 'z', age: 420 })
    const [told] = withSuspects([], [suspect('', { difference: line })])
    expect(told).toEqual({
      id: 'suspect.line',
      role: 'suspect',
      severity: 'warning',
      confidence: 'suspect',
      title: '/etc/a.conf:3 changed 7 min ago',
      detail: 'It changed; it is near',
      subject: '/etc/a.conf:3',
      evidence: [{ probe: 'snapshot_files', text: '- x\n- y\n+ z' }],
      resolution: ['Find out who changed it. If it is to blame, put back what was there and check again'],
    })
  })

  it('say which look had what was, where that is an earlier one', () => {
    const setting = difference('setting', 'work_mem', { since: 172_800 })
    const [told] = withSuspects([], [suspect('', { difference: setting })])
    expect(told?.detail).toBe('It changed; it is near; what was comes from a look 2 days ago')
    const compared = { seconds: 5, differences: [], unseen: [] }
    expect(comparedReport(compared, [{ difference: setting, traces: [] }]).differences).toEqual([
      'setting work_mem changed (since a look 2 days ago)',
    ])
  })

  it('say what is not as in its package, and how to look at the one that is', () => {
    const of = (conffile: boolean) => ({ unlike: { kind: 'package', name: 'nginx', conffile } }) as const
    const told = withSuspects(
      [],
      [
        suspect('', { difference: difference('file', '/usr/sbin/nginx', of(false)) }),
        suspect('', { difference: difference('file', '/etc/nginx/x', { ...of(true), now: '' }) }),
      ],
    )
    expect(told.map(({ title, resolution }) => [title, ...resolution])).toEqual([
      [
        '/usr/sbin/nginx is not as in its package nginx',
        'Find out who changed it. If it is to blame: `apt-get install --reinstall nginx`',
      ],
      [
        '/etc/nginx/x of package nginx is missing',
        'Compare it with that of its package: `apt-get download nginx && dpkg-deb -x nginx_*.deb .`',
      ],
    ])
  })

  it('say what is not as on a sibling', () => {
    const of = (more: Partial<Difference>): Suspect =>
      suspect('', {
        difference: difference('package', 'redis', { ...more, unlike: { kind: 'sibling', name: 'web2' } }),
      })
    const told = withSuspects([], [of({}), of({ was: '' }), of({ now: '' })])
    expect(told.map(({ title }) => title)).toEqual([
      'package redis is not as on its sibling web2',
      'package redis is not on its sibling web2',
      'package redis is only on its sibling web2',
    ])
    expect(told[0]?.resolution[0]).toMatch(/^Find out why web2 has it otherwise/)
  })

  it('quote where the change shows too, three places at most', () => {
    const shown = ['LimitFSIZE', 'Nice', 'User', 'Group'].map((key) =>
      difference('unit', `x.service ${key}`, { probe: 'snapshot_system', was: '1', now: '2' }),
    )
    const line = difference('line', '/etc/a.conf:3', { was: '', now: 'z' })
    const [told] = withSuspects([], [suspect('', { difference: line, traces: shown })])
    expect(told?.evidence).toEqual([
      { probe: 'snapshot_files', text: '+ z' },
      { probe: 'snapshot_system', text: 'unit x.service LimitFSIZE:\n- 1\n+ 2' },
      { probe: 'snapshot_system', text: 'unit x.service Nice:\n- 1\n+ 2' },
      { probe: 'snapshot_system', text: 'unit x.service User:\n- 1\n+ 2' },
    ])
    const compared = { seconds: 5, differences: [], unseen: [] }
    expect(comparedReport(compared, [{ difference: line, traces: shown }]).differences).toEqual([
      '/etc/a.conf:3 is new (with it unit x.service LimitFSIZE, unit x.service Nice, unit x.service User and 1 more)',
    ])
  })

  it('are short, whatever the host prints', () => {
    const huge = difference('line', `/${'x'.repeat(60_000)}`, { was: 'y'.repeat(60_000), now: '' })
    const [told] = withSuspects([], [suspect('', { difference: huge })])
    expect(JSON.stringify(told).length).toBeLessThan(2_000)
  })
})

describe('a change in words', () => {
  it.each<[Difference, string]>([
    [difference('file', '/etc/hosts', { age: 30 }), '/etc/hosts changed 30 s ago'],
    [difference('file', '/etc/new', { was: '', age: 7_200 }), '/etc/new was added 2 h ago'],
    [difference('file', '/etc/old', { now: '', age: 600 }), '/etc/old was removed 10 min ago'],
    [difference('unit', 'a.service', { now: '' }), 'unit a.service is gone or disabled'],
    [difference('index', 'd.public.t.i', { now: '' }), 'index d.public.t.i is gone'],
    [difference('package', 'redis', { was: '' }), 'package redis is new'],
    [difference('setting', 'work_mem'), 'setting work_mem changed'],
  ])('%#: it says what became of it, and when where that is known', (one, said) => {
    expect(changeOf(one)).toBe(said)
  })
})

it('lists a hundred differences in a report, and counts the others', () => {
  const all = Array.from({ length: 103 }, (_, i) => difference('package', `p${i}`))
  const changes = all.map((one) => ({ difference: one, traces: [] }))
  const told = comparedReport({ seconds: 5, differences: all, unseen: ['file /a: denied'] }, changes)
  expect(told).toMatchObject({ seconds: 5, more: 3, unseen: ['file /a: denied'] })
  expect(told.differences).toHaveLength(100)
})

it('calls a symptom no cause, and a likely cause no proven one', () => {
  expect(findingLabel(proven)).toBe('Cause')
  expect(findingLabel(ill)).toBe('Symptom')
  expect(findingLabel({ ...ill, confidence: 'likely' })).toBe('Symptom')
  expect(findingLabel(finding('x', { confidence: 'likely' }))).toBe('Likely cause')
  expect(findingLabel({ ...under, confidence: 'likely' })).toBe('Consequence')
  expect(findingLabel(finding('x', { role: 'suspect', confidence: 'suspect' }))).toBe('Suspect')
})

describe('the verdict of a run that was compared', () => {
  const web = runbook(
    topic(`probes:
  answer: { title: Answer, run: curl }
  config: { title: Configuration, run: nginx -t }
findings:
  nginx.answers-500:
    title: nginx answers 500
    when: answer.exit == 1
    symptom: true
    severity: critical
    subject: nginx
    detail: rewrite or internal redirection cycle in /etc/nginx/nginx.conf
    evidence: [answer]
    resolution: [Look at its log]
    explainedBy: [nginx.bad-config]
  nginx.bad-config:
    title: the configuration of nginx is bad
    because: its configuration is bad
    when: config.exit == 1
    severity: critical
    subject: nginx
    detail: unknown directive
    evidence: [config]
    resolution: [Mend it]
`),
  )
  const changed = difference('line', '/etc/nginx/nginx.conf:31', { age: 420 })
  const other = difference('line', '/etc/nginx/mime.types:1', { age: 3_600 })
  const judged = (exits: Partial<Record<'answer' | 'config', number>>): Report =>
    judge({
      runbook: web,
      parameters: {},
      host,
      records: recordsOf(
        record('answer', { exitCode: exits.answer ?? 0 }),
        record('config', { exitCode: exits.config ?? 0 }),
      ),
      ms: 1,
      login: 'bot',
      compared: { seconds: 7_200, differences: [other, changed], unseen: [] },
    })

  it('names the one suspect that stands out beside the symptom, and stays a problem', () => {
    const report = judged({ answer: 1 })
    expect(report.verdict).toBe('problem')
    expect(report.summary).toBe('nginx answers 500; suspect: /etc/nginx/nginx.conf:31 changed 7 min ago')
    expect(report.findings.map(({ subject }) => subject)).toEqual([
      '/etc/nginx/nginx.conf:31',
      'nginx',
      '/etc/nginx/mime.types:1',
    ])
    expect(report.compared?.differences).toEqual([
      '/etc/nginx/nginx.conf:31 changed 7 min ago',
      '/etc/nginx/mime.types:1 changed 60 min ago',
    ])
  })

  it('has no suspect in the headline where a cause is proven', () => {
    const report = judged({ answer: 1, config: 1 })
    expect(report.summary).toBe('nginx answers 500 because its configuration is bad')
    expect(report.findings.map(({ role }) => role)).toEqual(['cause', 'suspect', 'consequence'])
    expect(report.findings[2]).not.toHaveProperty('symptom')
  })

  it('has neither suspects nor differences on a healthy host', () => {
    const report = judged({})
    expect(report.verdict).toBe('healthy')
    expect(report.findings).toEqual([])
    expect(report.compared).toBeUndefined()
  })
})
