import type { ChannelAdapter, Notice, Sender, StoredFacts } from '../channel-adapter.ts'
import { makePager, type Pager } from './events-api.ts'
import type { FoundIncident } from './incidents.ts'
import { dedupKey, type PageEvent, pageEvent } from './page-event.ts'
import { makePagerApi, type PagerApi } from './rest-api.ts'

/** The page to whoever is on call. */
export interface SentPage {
  /** Finds the page of a webhook's incident. */
  readonly dedupKey: string
  /** PagerDuty took it, or told of its incident. */
  readonly made: boolean
  readonly incident: Incident | null
}

/** What is known of a page's incident. Times are PagerDuty's. */
export interface Incident {
  readonly id: string
  readonly number: string | null
  readonly url: string | null
  readonly priority: string | null
  readonly assignees: string | null
  /** Of the event that told the newest of the facts above. */
  readonly factsAt: Date | null
  /** Of the last event that moved the escalation. */
  readonly movedAt: Date | null
  /** An acknowledgement that came before the event which opened the incident again. */
  readonly early: { readonly at: Date; readonly by: string } | null
}

export interface PageSettings {
  readonly pagerduty: { readonly eventsUrl: string; readonly routingKey: string } | undefined
  readonly pagerApi:
    | {
        readonly apiUrl: string
        readonly token: string
        readonly schedules: readonly string[]
        readonly escalationPolicies: readonly string[]
      }
    | undefined
}

export const pageChannel: ChannelAdapter<SentPage, PageSettings> = {
  record: {
    read: (stored) =>
      stored.dedupKey || stored.paged || stored.incidentId
        ? { dedupKey: stored.dedupKey ?? '', made: Boolean(stored.paged), incident: readIncident(stored) }
        : null,
    write: (kept) => ({
      ...(kept.dedupKey ? { dedupKey: kept.dedupKey } : {}),
      ...(kept.made ? { paged: 'yes' } : {}),
      ...(kept.incident ? writeIncident(kept.incident) : {}),
    }),
  },
  // Known before PagerDuty answers: its webhook may be faster.
  atFirst: (problemKey) => ({ dedupKey: dedupKey(problemKey) }),
  isConfigured: ({ pagerduty }) => pagerduty !== undefined,
  connect: ({ pagerduty, pagerApi }) =>
    pagerduty &&
    sendPage(
      makePager({ ...pagerduty, timeoutMs: 10_000 }),
      pagerApi && makePagerApi({ ...pagerApi, timeoutMs: 5_000, now: () => performance.now() }),
    ),
  async check({ pagerduty }) {
    const what = 'PagerDuty'
    if (!pagerduty) return { what, state: 'off', said: 'not configured', remedy: 'set PAGERDUTY_ROUTING_KEY' }
    const verified = await makePager({ ...pagerduty, timeoutMs: 10_000 }).verify()
    return verified.ok
      ? { what, state: 'good', said: verified.note }
      : { what, state: 'bad', said: verified.reason }
  },
  reached: ({ made }) => (made ? 'through PagerDuty' : null),
  isProven: ({ made }) => made,
}

function readIncident(stored: StoredFacts): Incident | null {
  const { incidentId, incidentNumber, incidentUrl, priority, assignees, factsAt, movedAt, earlyAt, earlyBy } =
    stored
  if (!incidentId) return null
  return {
    id: incidentId,
    number: incidentNumber || null,
    url: incidentUrl || null,
    priority: priority || null,
    assignees: assignees || null,
    factsAt: factsAt ? new Date(factsAt) : null,
    movedAt: movedAt ? new Date(movedAt) : null,
    early: earlyAt ? { at: new Date(earlyAt), by: earlyBy ?? '' } : null,
  }
}

const writeIncident = (incident: Incident): StoredFacts => ({
  incidentId: incident.id,
  ...(incident.number ? { incidentNumber: incident.number } : {}),
  ...(incident.url ? { incidentUrl: incident.url } : {}),
  ...(incident.priority ? { priority: incident.priority } : {}),
  ...(incident.assignees ? { assignees: incident.assignees } : {}),
  ...(incident.factsAt ? { factsAt: incident.factsAt.toISOString() } : {}),
  ...(incident.movedAt ? { movedAt: incident.movedAt.toISOString() } : {}),
  ...(incident.early
    ? { earlyAt: incident.early.at.toISOString(), earlyBy: incident.early.by }
    : { earlyAt: '' }),
})

/** `api` undefined: there is no token for the REST API. */
export const sendPage =
  (pager: Pick<Pager, 'send'>, api: Pick<PagerApi, 'incidentsOf'> | undefined): Sender<SentPage> =>
  async (notice) => {
    const { act } = notice
    const found = act === 'open' && api ? await madeBefore(api, notice) : undefined
    if (found) return { ok: true, kept: { made: true, incident: incidentOf(found) }, since: sinceThen(found) }
    const dedup_key = dedupKey(notice.problemKey)
    const event = act === 'open' ? await pageOf(notice) : ({ event_action: act, dedup_key } as const)
    const result = await pager.send(event)
    if (result.outcome === 'accepted') return { ok: true, kept: act === 'open' ? { made: true } : {} }
    if (result.outcome === 'rejected') return { ok: false, retry: false, reason: result.reason }
    const { reason, afterMs } = result
    return { ok: false, retry: true, reason, ...(afterMs === undefined ? {} : { afterMs }) }
  }

/**
 * Asks PagerDuty before a trigger is sent again. An earlier try whose answer was lost may have made the incident. If
 * somebody has resolved it since, a second trigger would open another one. Where PagerDuty does not say, the page goes
 * out: twice is better than never.
 */
async function madeBefore(
  api: Pick<PagerApi, 'incidentsOf'>,
  { tries, problemKey, createdAt, others }: Notice<SentPage>,
): Promise<FoundIncident | undefined> {
  if (tries < 2) return undefined
  const found = (await api.incidentsOf(dedupKey(problemKey), createdAt)) ?? []
  if (found.length === 0) return undefined
  const theirs = new Set((await others()).map(({ incident }) => incident?.id))
  return found.find((incident) => !theirs.has(incident.id))
}

const incidentOf = ({ id, number, url, priority, assignees }: FoundIncident): Incident => ({
  ...{ id, number, url, priority },
  assignees: assignees.join(', ') || null,
  factsAt: null,
  movedAt: null,
  early: null,
})

const sinceThen = ({ status, by }: FoundIncident) =>
  status === 'triggered' ? undefined : ({ what: status, by } as const)

async function pageOf(notice: Notice<SentPage>): Promise<PageEvent> {
  const { problemKey, reason, group } = notice
  const [bundle, { ticket, lines }, asker] = await Promise.all([
    notice.bundle(),
    notice.history(),
    notice.asker(),
  ])
  return pageEvent({
    ...{ bundle, problemKey, reason },
    ...asker,
    history: lines,
    ...(group ? { group } : {}),
    ...(ticket ? { ticket } : {}),
  })
}
