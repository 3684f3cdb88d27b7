import { alternativesOf, segmentsOf, type Template } from './language/template.ts'
import type { Rule, Runbook } from './runbook/runbook.ts'

/** Every finding that the runbooks can tell, as Markdown: docs/causes.md. */
export function catalogue(runbooks: Iterable<Runbook>): string {
  const topics = [...runbooks]
  const entries = entriesOf(topics)
  const areas = [...new Set(entries.map(({ rule }) => areaOf(rule.id)))].sort()
  const lines = [
    '# What the runbooks can tell',
    '',
    'Made from `src/runbooks/` by `node scripts/causes.mjs`, after `npm run build`; a test keeps it current. Do not edit it.',
    '',
    `${entries.length} findings in ${topics.length} topics. A finding that another one explains is shown as its consequence where both are true. What stands`,
    'between ‹ and › is filled in from the evidence.',
    '',
    ...topics.map(
      ({ topic, title, findings }) => `- ${code(topic)}: ${cell(title)}, ${findings.length} findings`,
    ),
    ...areas.flatMap((area) =>
      section(
        area,
        entries.filter(({ rule }) => areaOf(rule.id) === area),
      ),
    ),
  ]
  return `${lines.join('\n')}\n`
}

interface Entry {
  readonly rule: Rule
  readonly topics: readonly string[]
  /** Across all topics. A single topic knows only those of its own findings. */
  readonly explainedBy: readonly string[]
  readonly fix: string | undefined
}

/** A finding of a shared part is one entry, whatever topics include it. */
function entriesOf(topics: readonly Runbook[]): Entry[] {
  const entries = new Map<string, Entry>()
  for (const { topic, findings, fixes } of topics) {
    for (const rule of findings) {
      const known = entries.get(rule.id)
      const title = rule.fix === undefined ? undefined : fixes.get(rule.fix.id)?.title
      entries.set(rule.id, {
        rule,
        topics: [...(known?.topics ?? []), topic],
        explainedBy: [...new Set([...(known?.explainedBy ?? []), ...rule.explainedBy])].sort(),
        fix: known?.fix ?? title,
      })
    }
  }
  return [...entries.values()]
}

const areaOf = (id: string): string => id.split('.')[0] ?? id

const section = (area: string, entries: readonly Entry[]): string[] => [
  '',
  `## ${area}`,
  '',
  '| finding | title | severity | topics | explained by | probes | resolution |',
  '| --- | --- | --- | --- | --- | --- | --- |',
  ...[...entries].sort((a, b) => (a.rule.id < b.rule.id ? -1 : 1)).map(row),
]

function row({ rule, topics, explainedBy, fix }: Entry): string {
  const cells = [
    code(rule.id),
    cell(shown(rule.title)),
    rule.severity === 'info' ? 'notice' : rule.severity,
    topics.map(code).join(' '),
    explainedBy.map(code).join(' ') || '–',
    rule.probes.map(code).join(' '),
    [
      ...rule.resolution.map((step) => cell(shown(step))),
      ...(fix ? [`**Fix:** ${cell(fix.replaceAll(/\{\{(\w+)\}\}/g, '‹$1›'))}`] : []),
    ].join('<br>'),
  ]
  return `| ${cells.join(' | ')} |`
}

const code = (text: string): string => `\`${text}\``

/** Text for a table's cell, which no pipe, newline or tag may end. */
const cell = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;').trim()

/**
 * Shows `${it.mount} is full` as "‹mount› is full". An expression that is more than a name becomes "‹…›", or its
 * alternative in words, such as "A disk".
 */
const shown = ({ source }: Template): string =>
  (segmentsOf(source) ?? []).map(({ kind, text }) => (kind === 'text' ? text : placeholder(text))).join('')

function placeholder(source: string): string {
  const [first = '', ...others] = alternativesOf(source)
  const words = /^(["'])(.*)\1$/.exec(others.at(-1) ?? '')?.[2]
  return words ?? `‹${/^[\w.]*?([A-Za-z_]\w*)$/.exec(first)?.[1] ?? '…'}›`
}
