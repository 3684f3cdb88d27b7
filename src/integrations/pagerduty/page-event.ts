import { createHash } from 'node:crypto'
import type { Finding } from '../../findings/finding.ts'
import { findingLabel } from '../../findings/finding-label.ts'
import { asker, type Bundle, causes, headline, severity, standing, utc } from '../../runs/bundle.ts'
import { cut, oneLine } from '../../text/shorten.ts'

/**
 * Level 3 of the guide: "Emergency PagerDuty for production outages". An alert event of PagerDuty's Events API v2
 * (developer.pagerduty.com/docs/send-alert-event): `dedup_key` <= 255 and `summary` <= 1,024 characters, the whole <=
 * 512 KB.
 */
export interface PageEvent {
  readonly event_action: 'trigger'
  readonly dedup_key: string
  readonly payload: {
    readonly summary: string
    readonly source: string
    readonly severity: 'critical' | 'error' | 'warning' | 'info'
    readonly timestamp: string
    readonly component?: string
    readonly group?: string
    readonly class?: string
    readonly custom_details: Readonly<Record<string, string | readonly string[]>>
  }
  readonly links?: readonly { readonly href: string; readonly text: string }[]
  readonly client: string
  readonly client_url?: string
}

/** Changes an open alert. If none is open, PagerDuty drops the event, as its documents say. */
export interface PageUpdate {
  readonly event_action: 'acknowledge' | 'resolve'
  readonly dedup_key: string
}

export type AlertEvent = PageEvent | PageUpdate

export interface Page {
  readonly bundle: Bundle
  /** Equal for the same problem in every run and topic; while its alert is open, a second page joins it. */
  readonly problemKey: string
  /** Who pages. If `byTime`, who had asked for the Level 2 that nobody acknowledged. */
  readonly by: string
  readonly byTime?: boolean
  /** The host's nearest inventory group. */
  readonly group?: string
  /** What was tried already. */
  readonly tried?: readonly string[]
  /** What Levels 1 and 2 know of it (history-for-page.ts): a line each. */
  readonly history?: readonly string[]
  readonly ticket?: { readonly name: string; readonly url?: string | undefined }
  /** Why it pages though the host is not in production. */
  readonly reason?: string | null
}

/** Stable for ever: a change would page twice for an open problem. 73 characters. */
export const dedupKey = (problemKey: string): string =>
  `debvisor-${createHash('sha256').update(problemKey).digest('hex')}`

/**
 * The event without the routing key, so it may be stored and logged. All its text together stays below 80,000
 * characters, each at most 6 bytes of JSON: below 512 KB whatever the host printed.
 */
export function pageEvent(page: Page): PageEvent {
  const { bundle, problemKey, group } = page
  const { run } = bundle
  const thread = bundle.threadUrl && bundle.threadUrl.length <= 2_000 ? bundle.threadUrl : undefined
  const [cause] = causes(bundle)
  return {
    event_action: 'trigger',
    dedup_key: dedupKey(problemKey),
    payload: {
      summary: oneLine(`${headline(bundle)} (${why(page)}, run ${run.code})`, 1_024),
      source: oneLine(run.host, 255),
      severity: pageSeverity(bundle),
      timestamp: utc(run.endedAt ?? run.createdAt),
      ...(cause ? { component: oneLine(cause.subject, 255), class: oneLine(cause.id, 255) } : {}),
      ...(group ? { group: oneLine(group, 255) } : {}),
      custom_details: details(page),
    },
    ...linksOf(page, thread),
    client: 'DebVisor',
    ...(thread ? { client_url: thread } : {}),
  }
}

/** Read aloud on a phone: short. */
const why = ({ by, byTime }: Page): string =>
  byTime ? 'the DevOps lead did not acknowledge' : `paged by ${oneLine(by, 100)}`

const pagedBy = ({ by, byTime }: Page): string =>
  byTime
    ? `the time limit (escalation.acknowledgeWithin): nobody acknowledged Level 2, which ${oneLine(by, 100)} had asked for`
    : oneLine(by, 100)

function linksOf({ bundle, ticket }: Page, thread: string | undefined): Pick<PageEvent, 'links'> {
  const toTicket = ticket?.url && ticket.url.length <= 2_000 ? ticket.url : undefined
  const links = [
    ...(thread ? [{ href: thread, text: `Slack thread of run ${bundle.run.code}` }] : []),
    ...(ticket && toTicket ? [{ href: toTicket, text: oneLine(ticket.name, 100) }] : []),
  ]
  return links.length > 0 ? { links } : {}
}

/** PagerDuty has one word more than we: `error` is a run without a verdict that says what is wrong. */
function pageSeverity(bundle: Bundle): PageEvent['payload']['severity'] {
  const unclear = standing(bundle) === 'inconclusive' || standing(bundle) === 'failed'
  return unclear && severity(bundle) !== 'critical' ? 'error' : severity(bundle)
}

function details(page: Page): PageEvent['payload']['custom_details'] {
  const { bundle, tried, history, ticket, reason } = page
  const { run, report, failure } = bundle
  const found = report?.findings ?? []
  const evidence = causes(bundle).flatMap((cause) => cause.evidence)
  const all: Record<string, string | readonly string[]> = {
    run: run.code,
    verdict: standing(bundle),
    asked_by: `${asker(bundle)} at ${utc(run.createdAt)}`,
    paged_by: pagedBy(page),
    not_production: reason ? `paged all the same, because: ${oneLine(reason, 1_000)}` : '',
    ticket: ticket ? oneLine(ticket.name, 200) : '',
    escalation_so_far: list(history ?? []),
    cause: list(causes(bundle).map((one) => `${one.title}: ${one.detail}${sureness(one)}`)),
    suspects: list(
      found.filter(({ role }) => role === 'suspect').map(({ title, detail }) => `${title}: ${detail}`),
    ),
    evidence: evidence.slice(0, 10).map(({ probe, text }) => `${probe}: ${cut(text, 1_000)}`),
    consequences: list(found.filter(({ role }) => role === 'consequence').map(({ title }) => title)),
    resolution: list(causes(bundle).flatMap(({ resolution }) => resolution)),
    tried: list(tried ?? ['Nothing was changed on the host: the diagnosis only reads.']),
    not_seen: list((report?.unknown ?? []).map(({ probe, reason }) => `${probe}: ${reason}`)),
    failure: failure ? oneLine(`at ${failure.hop} (${failure.stage}): ${failure.reason}`, 1_000) : '',
    remedy: failure ? oneLine(failure.remedy, 1_000) : '',
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value.length > 0))
}

/** " (likely cause, websocket)": how sure it is and which topic knows it, where that is not plain. */
const sureness = ({ topic = '', ...finding }: Finding): string => {
  const label = findingLabel(finding).toLowerCase()
  const said = [label === 'cause' ? '' : label, topic].filter((word) => word !== '')
  return said.length === 0 ? '' : ` (${said.join(', ')})`
}

/** At most 20 lines of 500 characters: 10,000. */
const list = (lines: readonly string[]): readonly string[] =>
  lines.slice(0, 20).map((line) => oneLine(line, 500))
