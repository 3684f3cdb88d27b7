import type { Compared, Difference, Unlike } from '../../findings/difference.ts'
import type { Finding } from '../../findings/finding.ts'
import { duration } from '../../findings/recent-changes.ts'
import type { ComparedReport } from '../../findings/report.ts'
import { clip } from '../../text/shorten.ts'
import { isOnlyDated } from './changed-lately.ts'
import type { Suspect } from './suspects.ts'
import type { Change } from './traces.ts'

/**
 * Findings with the suspects among them: below the causes that are proven, and above what follows from those. One that
 * stands out comes before what is only a symptom, the others after it. `findings` are in the order in which they are
 * told.
 */
export function withSuspects(findings: readonly Finding[], suspects: readonly Suspect[]): Finding[] {
  const causes = findings.filter(({ role }) => role === 'cause')
  const proven = causes.findLastIndex(({ symptom }) => !symptom) + 1
  return [
    ...causes.slice(0, proven),
    ...suspects.filter(({ isStrong }) => isStrong).map(suspectFinding),
    ...causes.slice(proven),
    ...suspects.filter(({ isStrong }) => !isStrong).map(suspectFinding),
    ...findings.filter(({ role }) => role !== 'cause'),
  ]
}

function suspectFinding({ difference, traces, reasons }: Suspect): Finding {
  const { since } = difference
  const earlier = since === undefined ? [] : [`what was comes from a look ${duration(since)} ago`]
  const why = [...reasons, ...earlier].join('; ')
  return {
    id: `suspect.${difference.area.replaceAll(/[^a-z]+/g, '-')}`,
    role: 'suspect',
    severity: 'warning',
    confidence: 'suspect',
    title: changeOf(difference),
    detail: why === '' ? unexplained(difference) : why[0]?.toUpperCase() + why.slice(1),
    subject: thingOf(difference),
    evidence: [
      {
        probe: difference.probe,
        text: isOnlyDated(difference) ? changeOf(difference) : quoted(difference),
      },
      ...traces.slice(0, MOST_TRACES).map(({ probe, ...trace }) => ({
        probe,
        text: `${thingOf(trace)}:\n${quoted(trace)}`,
      })),
    ],
    resolution: [stepFor(difference)],
  }
}

const NO_REASON = 'It differs, and nothing says that it has to do with what is wrong'

/** "/etc/nginx/nginx.conf:31 changed 7 min ago", "index debvisor.public.hosts_pkey is gone". */
export function changeOf(difference: Difference): string {
  const { was, now, age, unlike } = difference
  const thing = thingOf(difference)
  if (unlike) return `${thing} ${unlikeness(unlike, { was, now })}`
  if (age === undefined)
    return `${thing} ${was === '' ? 'is new' : now === '' ? (GONE.get(difference.area) ?? 'is gone') : 'changed'}`
  const what = isOnlyDated(difference)
    ? 'changed'
    : was === ''
      ? 'was added'
      : now === ''
        ? 'was removed'
        : 'changed'
  return `${thing} ${what} ${duration(age)} ago`
}

function unlikeness({ kind, name }: Unlike, { was, now }: Pick<Difference, 'was' | 'now'>): string {
  if (kind === 'package')
    return now === '' ? `of package ${name} is missing` : `is not as in its package ${name}`
  return was === ''
    ? `is not on its sibling ${name}`
    : now === ''
      ? `is only on its sibling ${name}`
      : `is not as on its sibling ${name}`
}

/** Of units, only those that are enabled are told; of processes, those that run. */
const GONE: ReadonlyMap<string, string> = new Map([
  ['unit', 'is gone or disabled'],
  ['process', 'does not run any more'],
])

const HISTORIES = 'etckeeper, git, dpkg -V or a backup'
const MOST_TEXT = 300
const MOST_TRACES = 3

/** A path speaks for itself. */
const thingOf = ({ area, object }: Pick<Difference, 'area' | 'object'>): string =>
  clip(
    object.startsWith('/') && (area === 'line' || area === 'file') ? object : `${area} ${object}`,
    MOST_TEXT,
  )

/** As people read differences: what was with a minus, what is with a plus. */
function quoted({ was, now }: Pick<Difference, 'was' | 'now'>): string {
  const marked = (text: string, mark: string): string[] =>
    text === '' ? [] : text.split('\n').map((line) => `${mark} ${clip(line, MOST_TEXT)}`)
  return [...marked(was, '-'), ...marked(now, '+')].join('\n')
}

const unexplained = (difference: Difference): string =>
  isOnlyDated(difference)
    ? 'It changed in the quarter of an hour before this run, and nothing else says that it has to do with what is wrong'
    : NO_REASON

function stepFor(difference: Difference): string {
  const { was, now, unlike } = difference
  if (isOnlyDated(difference))
    return `Find out what was changed in it (${HISTORIES}). If it is to blame, put back what was there and check again`
  if (unlike?.kind === 'sibling')
    return `Find out why ${unlike.name} has it otherwise. If it is to blame, make it as it is there and check again`
  if (unlike?.conffile)
    return `Compare it with that of its package: \`apt-get download ${unlike.name} && dpkg-deb -x ${unlike.name}_*.deb .\``
  if (unlike)
    return `Find out who changed it. If it is to blame: \`apt-get install --reinstall ${unlike.name}\``
  if (was === '') return 'Find out who added it. If it is to blame, take it away and check again'
  if (now === '') return 'Find out who took it away. If it is to blame, bring it back and check again'
  return 'Find out who changed it. If it is to blame, put back what was there and check again'
}

const MOST_DIFFERENCES = 100

/**
 * `ranked`: the changes that somebody may have made, in the order in which they are told. Those of which only the time
 * is known came from no comparison.
 */
export function comparedReport(
  { seconds, unseen, with: other }: Compared,
  ranked: readonly Change[],
): ComparedReport {
  const differing = ranked.filter(({ difference }) => !isOnlyDated(difference))
  return {
    ...(other ? { with: other } : {}),
    seconds,
    differences: differing.slice(0, MOST_DIFFERENCES).map(changeWithTraces),
    more: Math.max(0, differing.length - MOST_DIFFERENCES),
    unseen: unseen.slice(0, MOST_DIFFERENCES),
  }
}

/** "/etc/sysctl.d/x.conf:1 was added 7 min ago (with it sysctl vm.swappiness)". */
function changeWithTraces({ difference, traces }: Change): string {
  const { since } = difference
  const said = `${changeOf(difference)}${since === undefined ? '' : ` (since a look ${duration(since)} ago)`}`
  if (traces.length === 0) return said
  const left = traces.length - MOST_TRACES
  const shown = traces.slice(0, MOST_TRACES).map(thingOf).join(', ')
  return `${said} (with it ${shown}${left > 0 ? ` and ${left} more` : ''})`
}
