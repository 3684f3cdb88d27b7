import { describe, expect, it } from 'vitest'
import type { AlertOfRun } from '../../../../src/alerts/alert-store.ts'
import type { SummaryCount, SummaryLine } from '../../../../src/alerts/summary-store.ts'
import { alertsBlock } from '../../../../src/slack/messages/alerts/alerts-of-run.ts'
import { summaryMessage } from '../../../../src/slack/messages/alerts/summary-message.ts'
import { verdictMessage } from '../../../../src/slack/messages/run/verdict-message.ts'
import { toPlain } from '../../../../src/slack/transport/plain-text.ts'
import { textProblems } from '../../../e2e/posted.ts'
import { diskReport, run, view } from '../sample-views.ts'

const alert = (more: Partial<AlertOfRun> = {}): AlertOfRun => ({
  name: 'HighCpuUsage',
  source: 'prometheus',
  firedAt: new Date('2026-11-05T14:00:00Z'),
  resolvedAt: null,
  isRecheck: false,
  alike: 1,
  ...more,
})
const over = alert({ resolvedAt: new Date('2026-11-05T14:12:00Z'), isRecheck: true })
const hostile = '<!channel> <@U1> *x* http://evil.example'

const started = run({ actor: { kind: 'webhook', id: 'prometheus' } })

describe('the message of a run that alerts started', () => {
  it('says nothing more than its reason of one alert that fires', () => {
    expect(alertsBlock(started, [alert()])).toEqual([])
    expect(alertsBlock(started)).toEqual([])
  })

  it('names the alert where a person had asked for the run', () => {
    expect(toPlain({ text: '', blocks: alertsBlock(run(), [alert()]) })).toMatch(
      /HighCpuUsage`? of prometheus fires$/,
    )
  })

  const shown = (alerts: AlertOfRun[]) => toPlain({ text: '', blocks: alertsBlock(started, alerts) })

  it('says how its alerts stand once one is resolved, or another joined', () => {
    const ended = alert({ name: 'InstanceDown', resolvedAt: new Date('2026-11-05T14:12:00Z') })
    expect(shown([alert(), ended])).toMatch(
      /^🔔 `?HighCpuUsage`? of prometheus fires, `?InstanceDown`? of prometheus resolved 2026-11-05 14:12 UTC$/,
    )
  })

  it('names ten and counts the rest', () => {
    expect(shown(Array.from({ length: 40 }, () => alert()))).toMatch(
      /^🔔 (.* fires, ){9}.* fires and 30 more$/u,
    )
    // Of a storm not all are read.
    expect(shown(Array.from({ length: 50 }, () => alert({ alike: 700 })))).toMatch(/ and 690 more$/u)
    const ended = Array.from({ length: 50 }, () => ({ ...over, alike: 700 }))
    expect(toPlain(verdictMessage(view(run({ report: diskReport() }), { alerts: ended })))).toContain(
      '700 alerts are resolved (HighCpuUsage, …)',
    )
  })

  it('shows a name as code, in which nothing is a link or a mention', () => {
    expect(JSON.stringify(alertsBlock(started, [alert({ name: hostile }), alert()]))).toContain(
      `{"type":"text","text":${JSON.stringify(hostile)},"style":{"code":true}}`,
    )
  })

  it.each([
    [run({ report: diskReport() }), 'The alert HighCpuUsage is resolved, but host1 is not well.'],
    [
      run({ report: diskReport({ verdict: 'healthy', findings: [] }) }),
      'The alert HighCpuUsage is resolved, and nothing wrong is found any more.',
    ],
    [
      run({
        state: 'failed',
        failure: { hop: 'host1', stage: 'network', reason: 'no answer', remedy: 'look' },
      }),
      'The alert HighCpuUsage is resolved, but whether host1 is well could not be seen.',
    ],
  ])('after the end says both: what the alert does, and how the host is', (looked, said) => {
    const message = verdictMessage(view(looked, { alerts: [over] }))
    expect(toPlain(message)).toContain(said)
    expect(message.text).toMatch(/ \(its alert is resolved\)$/)
    expect(textProblems(message.text)).toEqual([])
  })
})

describe('the summary of alerts that nothing runs for', () => {
  const line = (more: Partial<SummaryLine> = {}): SummaryLine => ({
    ...{
      outcome: 'capped',
      name: 'HighCpuUsage',
      topic: 'performance',
      host: 'host1',
      count: 1,
      resolved: 0,
    },
    ...more,
  })
  /** All that are counted, of which some names may be left out. */
  const countsOf = (lines: readonly SummaryLine[]): SummaryCount[] =>
    [...new Set(lines.map(({ outcome }) => outcome))].map((outcome) => {
      const those = lines.filter((line) => line.outcome === outcome)
      const sum = (key: 'count' | 'resolved') => those.reduce((all, line) => all + line[key], 0)
      return { outcome, count: sum('count'), resolved: sum('resolved'), names: those.length }
    })
  const of = (...lines: SummaryLine[]) =>
    summaryMessage({ source: 'prometheus', most: 20, lines, counts: countsOf(lines) })

  it('says how many, why, and what one can do', () => {
    const message = of(line({ count: 700 }), line({ outcome: 'no-topic', name: 'KubePodCrash' }))
    expect(message.text).toBe('🔔 701 alerts of prometheus not looked into: HighCpuUsage on host1 and others')
    expect(toPlain(message)).toBe(
      [
        '🔔 701 alerts of prometheus not looked into',
        'Why:',
        '  • 700 beyond the 20 diagnoses that it may start in ten minutes, or while too many wait: HighCpuUsage (700)',
        '  • 1 of a name that no runbook looks into: KubePodCrash on host1',
        '`/debvisor diagnose <topic> <host>` looks into one of them.',
      ].join('\n'),
    )
  })

  it('says which are over', () => {
    expect(toPlain(of(line({ count: 5, resolved: 2 })))).toContain('not looked into, 3 still firing')
    const ended = toPlain(of(line({ resolved: 1 })))
    expect(ended).toContain('1 alert of prometheus not looked into, all resolved')
    expect(ended).not.toContain('/debvisor')
  })

  it('says that some still fire though all that it names are over', () => {
    const all = [line({ count: 5, resolved: 5 }), ...Array.from({ length: 9 }, () => line())]
    const message = summaryMessage({
      ...{ source: 'prometheus', most: 20, lines: all.slice(0, 1) },
      counts: countsOf(all),
    })
    expect(message.text).toContain('14 alerts of prometheus')
    expect(toPlain(message)).toMatch(/, 9 still firing\n[\s\S]* • 14 beyond .* \(5\) and 9 other names\n/)
  })

  it('of two hundred long names is one that Slack takes, and a stranger breaks out of nothing', () => {
    const many = Array.from({ length: 200 }, (_, at) =>
      line({
        outcome: at % 2 ? 'no-host' : 'refused',
        name: `${hostile}${'x'.repeat(80)}${at}`,
        host: hostile,
      }),
    )
    const message = of(...many)
    expect(textProblems(message.text)).toEqual([])
    const blocks = JSON.stringify(message.blocks)
    expect(blocks.length).toBeLessThan(6_000)
    expect(blocks).not.toMatch(/"type":"(link|user|broadcast|mrkdwn)"/)
    expect(toPlain(message)).toContain('and 92 other names')
  })
})
