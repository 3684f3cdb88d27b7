import type { IncidentEvent } from '../../integrations/pagerduty/incident-event.ts'
import type { Incident } from '../../integrations/pagerduty/page-channel.ts'
import { dedupKey } from '../../integrations/pagerduty/page-event.ts'
import type { PagerApi } from '../../integrations/pagerduty/rest-api.ts'
import { getRun } from '../../runs/run-store.ts'
import type { Queryable } from '../../store/db.ts'
import { firstDelivery } from '../../store/seen-deliveries.ts'
import type { Store } from '../../store/store.ts'
import type { Escalation } from '../escalation.ts'
import { end } from '../escalation-actions.ts'
import { lockEscalation, noteRecord, pagesBy } from '../escalation-store.ts'
import { moveEscalation } from '../move-store.ts'
import { type Move, moves } from '../moves.ts'
import { moveEntry } from '../open-escalation.ts'
import { markArrived } from '../outbox/outbox-store.ts'
import { redrawProblem } from '../redraw-problem.ts'
import { isOvertaken, isStale, pageFor } from './match-incident.ts'

/** Who hears what the pager says of incidents. */
export interface PagerListener {
  readonly store: Store
  /** The Slack workspace whose pages they are. */
  readonly team: string
  /** Undefined: there is no token for PagerDuty's REST API. */
  readonly pagerApi: Pick<PagerApi, 'alertKeys'> | undefined
}

/**
 * `foreign`: no page of ours. `stale`: of before this page, or of another incident. `repeated`: it was here before.
 * `unclear`: PagerDuty did not say whose incident it is; it is to be delivered again.
 */
export type Taken = 'done' | 'nothing' | 'foreign' | 'stale' | 'repeated' | 'unclear'

/** Delivered keys are forgotten after a day; what is older cannot be told from a replay. */
const OLDEST_MS = 20 * 3_600_000

/**
 * What the pager says of an incident, in its thread: one transaction for the event's id, the move, its row in the
 * audit, the redraws.
 */
export async function takePagerEvent(
  listener: PagerListener,
  event: IncidentEvent,
  now: number,
): Promise<Taken> {
  const { store } = listener
  if (now - event.at.getTime() > OLDEST_MS) return 'stale'
  const pages = await pagesOf(listener, event)
  if (!pages) return 'unclear'
  if (pages.length === 0) return 'foreign'
  const page = pageFor(pages, event.incident)
  const run = page && (await getRun(store, page.runId))
  if (!page || !run) return 'stale'
  return store.tx(async (tx) => {
    if (!(await firstDelivery(tx, `pagerduty:${event.id}`))) return 'repeated'
    // Two events at once come one after the other here.
    const escalation = await lockEscalation(tx, page.id)
    if (!escalation || isStale(escalation, event)) return 'stale'
    const moved = await follow(tx, escalation, event)
    await redrawProblem(tx, store.queue, escalation)
    const target = `level 3, escalation ${escalation.id}${moved ? `: ${moved.state}` : ''}`
    const asked = `${event.kind}, incident ${event.incident.id}`
    const said = { actor: `pagerduty: ${event.by}`, door: 'POST /pagerduty/webhook', asked, target }
    await store.audit(tx, moveEntry(run, 3, said))
    return moved ? 'done' : 'nothing'
  })
}

/**
 * By the incident's id where it is known; else by incident_key, which is our dedup_key where the service sets it; else
 * by the alerts that the incident holds, which the REST API tells: their alert_key is the dedup_key. Null: it did not.
 */
async function pagesOf(
  { store, team, pagerApi }: PagerListener,
  { incident }: IncidentEvent,
): Promise<readonly Escalation[] | null> {
  const known = await pagesBy(store, team, { dedupKeys: ours([incident.key]), incidentId: incident.id })
  if (known.length > 0 || !pagerApi) return known
  const keys = await pagerApi.alertKeys(incident.id)
  if (!keys) return null
  const dedupKeys = ours(keys)
  return dedupKeys.length > 0 ? pagesBy(store, team, { dedupKeys, incidentId: incident.id }) : []
}

const ours = (keys: readonly (string | null)[]): string[] =>
  keys.flatMap((key) => (key?.startsWith(OURS) ? [key] : []))
const OURS = dedupKey('').slice(0, 'debvisor-'.length)

/** Each event proves that the page was made, whatever became of the answer to our own request: it is not sent again. */
async function follow(tx: Queryable, page: Escalation, event: IncidentEvent): Promise<Escalation | null> {
  const move = isOvertaken(page, event) ? undefined : moveFor(page, event)
  const known = page.records.page?.incident ?? null
  const incident: Incident = {
    ...factsOf(known, event),
    id: event.incident.id,
    movedAt: move ? event.at : (known?.movedAt ?? null),
    early: earlyOf(page, event, known),
  }
  await noteRecord(tx, page.id, 'page', { made: true, incident })
  await markArrived(tx, page.id, 'page')
  const moved = move ? await moveEscalation(tx, page.id, move, event.by) : null
  if (moved?.state === 'resolved') await end(tx, moved)
  return moved && page.closedAt ? ((await catchUp(tx, page, event, incident)) ?? moved) : moved
}

/** What follows from an event depends on whether the page is over here. */
function moveFor({ closedAt }: Escalation, { kind }: IncidentEvent): Move | undefined {
  switch (kind) {
    case 'resolved':
      return moves.resolve
    case 'reopened':
      // It begins anew: nobody has acknowledged it.
      return closedAt ? moves.reopen : moves.unacknowledge
    case 'triggered':
      return closedAt ? undefined : moves.sent
    case 'acknowledged':
      return closedAt ? undefined : moves.acknowledge
    case 'unacknowledged':
      return closedAt ? undefined : moves.unacknowledge
    default:
      return undefined
  }
}

/** An acknowledgement of what is over here: the event that opened it again is still to come. */
function earlyOf(
  { closedAt }: Escalation,
  { kind, at, by }: IncidentEvent,
  known: Incident | null,
): Incident['early'] {
  if (!closedAt || (kind !== 'acknowledged' && kind !== 'unacknowledged')) return known?.early ?? null
  return kind === 'acknowledged' ? { at, by } : null
}

/** It is open again, and somebody had acknowledged it after that. */
async function catchUp(
  tx: Queryable,
  { id }: Escalation,
  { at }: IncidentEvent,
  incident: Incident,
): Promise<Escalation | null> {
  const { early } = incident
  if (!early || early.at <= at) return null
  await noteRecord(tx, id, 'page', { incident: { ...incident, movedAt: early.at, early: null } })
  return moveEscalation(tx, id, moves.acknowledge, early.by)
}

/** What the incident looks like; of an event that comes late, only what is not known yet. */
function factsOf(
  known: Incident | null,
  { at, incident }: IncidentEvent,
): Pick<Incident, 'number' | 'url' | 'priority' | 'assignees' | 'factsAt'> {
  const { number, url, priority } = incident
  const told = { number, url, priority, assignees: incident.assignees.join(', ') || null }
  const late = known !== null && known.id === incident.id && known.factsAt !== null && at < known.factsAt
  const [first, then] = late ? [known, told] : [told, known]
  return {
    number: first.number ?? then?.number ?? null,
    url: first.url ?? then?.url ?? null,
    priority: first.priority ?? then?.priority ?? null,
    assignees: first.assignees ?? then?.assignees ?? null,
    factsAt: late ? known.factsAt : at,
  }
}
