import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { counters, gauges, histograms, metricNames } from '../../src/metrics/table.ts'

const read = (path: string): string => readFileSync(path, 'utf8')
const page = read('docs/operations.md')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}
const rules = (parse(read('monitoring/prometheus-alerts.yml')).groups as { rules: Rule[] }[]).flatMap(
  (group) => group.rules,
)

interface Panel {
  readonly id: number
  readonly title: string
  readonly type: string
  readonly targets?: readonly { readonly expr: string }[]
}
const panels: readonly Panel[] = JSON.parse(read('monitoring/grafana-dashboard.json')).panels
const queries = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const))

/** What each metric is called in a query, with its labels: a histogram has three names, and `le`. */
const known = new Map<string, readonly string[]>(
  Object.entries({ ...counters, ...gauges }).map(([name, { labels }]) => [name, labels]),
)
for (const [name, { labels }] of Object.entries(histograms))
  for (const part of ['_bucket', '_count', '_sum']) known.set(`${name}${part}`, [...labels, 'le'])
/** Prometheus itself adds these. */
known.set('up', [])
const OF_PROMETHEUS = ['job', 'instance']

/** The metrics of a query with the labels that it selects by. */
const selected = (expr: string): [name: string, labels: string[]][] =>
  [...expr.matchAll(/\b([a-z]+(?:_[a-z0-9]+)+|up)\b(?=\{)\{([^}]*)\}/g)].map(
    ([, name = '', selectors = '']) => [
      name,
      [...selectors.matchAll(/([a-z_]+)(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label),
    ],
  )

/** The first column of the table below a heading, and the second. */
const tableOf = (heading: string): [names: string[], labels: string[]][] => {
  const [, section = ''] = new RegExp(`\n### ${heading}\n([\\s\\S]*?)\n### `).exec(page) ?? []
  return [...section.matchAll(/^\| (`.+?`) \| (.*?) \|/gm)].map(([, first = '', second = '']) => [
    [...first.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    [...second.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  ])
}

describe.each([
  ...rules.map(({ alert, expr }) => ['the alert', alert, expr] as const),
  ...queries.map(([title, expr]) => ['the panel', title, expr] as const),
])('%s %s', (_, __, expr) => {
  it('asks for metrics and labels that there are', () => {
    const asked = selected(expr)
    // Each metric is selected by its job, so that none is overlooked here.
    expect(asked.length).toBe([...expr.matchAll(/job="debvisor"/g)].length)
    expect(asked.length).toBeGreaterThan(0)
    for (const [name, labels] of asked) {
      expect([...known.keys()]).toContain(name)
      for (const label of labels)
        expect([...OF_PROMETHEUS, ...(known.get(name) ?? [])], name).toContain(label)
    }
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(/, */))
    const all = [...OF_PROMETHEUS, ...asked.flatMap(([name]) => known.get(name) ?? [])]
    for (const label of grouped) expect(all).toContain(label)
  })
})

describe('the alert rules', () => {
  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s waits before it fires, and says how bad it is, what is so and where to read on',
    (alert, rule) => {
      expect(rule.for).toMatch(/^\d+m$/)
      expect(['critical', 'warning']).toContain(rule.labels.severity)
      expect(rule.annotations.summary).toMatch(/^[A-Z].*\.$/)
      expect(rule.annotations.runbook).toBe('docs/operations.md#when-an-alert-fires')
      expect(page).toContain('\n### When an alert fires\n')
      expect(tableOf('When an alert fires').flatMap(([names]) => names)).toContain(alert)
    },
  )

  it('are all that docs/operations.md tells of', () => {
    const told = tableOf('When an alert fires').flatMap(([names]) =>
      names.filter((name) => /^Debvisor/.test(name)),
    )
    expect(told.sort()).toEqual(rules.map(({ alert }) => alert).sort())
  })

  it('count only what is there with 0 before it happens, where they wait for the first time', () => {
    for (const { alert, expr } of rules)
      for (const [, name = '', selectors = ''] of expr.matchAll(
        /increase\((debvisor_\w+)\{([^}]*)\}\[15m\]/g,
      )) {
        const { known: values } = counters[name as 'debvisor_fixes_total']
        const [, label = '', value = ''] = /(outcome)="([^"]+)"/.exec(selectors) ?? []
        expect(values[label as 'outcome'], alert).toContain(value)
      }
  })
})

describe('docs/operations.md', () => {
  it('has a row for each metric with its labels, and for nothing else', () => {
    const all = { ...counters, ...gauges, ...histograms }
    const rows = tableOf('Metrics').map(([[name = ''], labels]) => [name, labels] as const)
    expect(rows.map(([name]) => name).sort()).toEqual([...metricNames].sort())
    for (const [name, labels] of rows)
      expect(labels, name).toEqual(all[name as (typeof metricNames)[number]].labels)
  })
})

describe('the dashboard', () => {
  it('shows every metric', () => {
    const shown = queries.flatMap(([, expr]) => selected(expr).map(([name]) => name.replace(/_bucket$/, '')))
    expect([...new Set(shown)].sort()).toEqual([...metricNames].sort())
  })

  it('has each panel once, and a place for each', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  })
})

describe('the names', () => {
  it('are those of Prometheus: with the unit, and counters with _total', () => {
    for (const name of metricNames) expect(name).toMatch(/^(debvisor|process|nodejs)_[a-z0-9]+(_[a-z0-9]+)*$/)
    for (const name of Object.keys(counters)) expect(name).toMatch(/_total$/)
    for (const name of Object.keys(histograms)) expect(name).toMatch(/_seconds$/)
  })

  it('have no label for a host, a person, a channel of Slack or a run', () => {
    const labels = Object.values({ ...counters, ...gauges, ...histograms }).flatMap((metric) => [
      ...metric.labels,
    ])
    expect([...new Set(labels)].sort()).toEqual([
      ...['channel', 'lane', 'login', 'method', 'node', 'outcome', 'part', 'result', 'topic'],
      ...['verdict', 'version'],
    ])
  })
})
