import { moves } from '../escalation/ladder.ts'
import { dedupKey } from '../escalation/page.ts'
import type { PagerApi } from '../escalation/pager-api.ts'
import type { IncidentEvent } from '../escalation/pager-webhook.ts'
import type { AuditEntry } from '../store/audit.ts'
import type { Db, Queryable } from '../store/db.ts'
import { firstDelivery } from '../store/deliveries.ts'
import { noteExternal } from '../store/escalations.ts'
import { moveRung, pageBy, type Rung, type RungMove } from '../store/ladder.ts'
import { getRun } from '../store/runs.ts'
import { end } from './climb.ts'
import type { Queue } from './queue.ts'
import { moveEntry, redrawProblem } from './rung.ts'

export interface PagerEventDeps {
  readonly db: Db
  readonly queue: Queue
  readonly team: string
  readonly pagerApi: PagerApi | undefined
  audit(tx: Queryable, entry: AuditEntry): Promise<unknown>
}

/** `foreign`: no page of ours. `stale`: of before this page, or of another incident. `repeated`: it was here before. */
export type Taken = 'done' | 'nothing' | 'foreign' | 'stale' | 'repeated'

/** Between the pager's clock and the database's. Longer, and a late event of an earlier incident would end this page. */
const SKEW_MS = 10_000
/** Delivered keys are forgotten after a day; what is older cannot be told from a replay. */
const OLDEST_MS = 20 * 3_600_000

/** What the pager says of an incident, in its thread: one transaction for the event's id, the move, its row in the audit, the redraws. */
export async function takePagerEvent(
  deps: PagerEventDeps,
  event: IncidentEvent,
  now: number,
): Promise<Taken> {
  if (now - event.at.getTime() > OLDEST_MS) return 'stale'
  const rung = await pageOf(deps, event)
  if (!rung) return 'foreign'
  if (isStale(rung, event)) return 'stale'
  const run = await getRun(deps.db, rung.runId)
  return deps.db.tx(async (tx) => {
    if (!(await firstDelivery(tx, `pagerduty:${event.id}`))) return 'repeated'
    await noteExternal(tx, rung.id, factsOf(event))
    const moved = await follow(tx, rung, event)
    await redrawProblem(tx, deps.queue, rung)
    if (run) {
      const target = `level 3, escalation ${rung.id}${moved ? `: ${moved.state}` : ''}`
      const asked = `${event.kind}, incident ${event.incident.id}`
      await deps.audit(
        tx,
        moveEntry(run, 3, {
          actor: `pagerduty: ${event.by}`,
          door: 'POST /pagerduty/webhook',
          asked,
          target,
        }),
      )
    }
    return moved ? 'done' : 'nothing'
  })
}

/**
 * By the incident's id where it is known; else by incident_key, which is our dedup_key where the service sets it; else by the alerts that the
 * incident holds, which the REST API tells: their alert_key is the dedup_key.
 */
async function pageOf(
  { db, team, pagerApi }: PagerEventDeps,
  { incident }: IncidentEvent,
): Promise<Rung | null> {
  const known = await pageBy(db, team, { dedupKeys: ours([incident.key]), incidentId: incident.id })
  if (known || !pagerApi) return known
  const dedupKeys = ours(await pagerApi.alertKeys(incident.id))
  return dedupKeys.length > 0 ? pageBy(db, team, { dedupKeys, incidentId: incident.id }) : null
}

const ours = (keys: readonly (string | null)[]): string[] =>
  keys.flatMap((key) => (key?.startsWith(OURS) ? [key] : []))
const OURS = dedupKey('').slice(0, 'debvisor-'.length)

/**
 * A page has one incident; what happened before the page was asked for was about an earlier one. A newer incident of the same key takes its
 * place: the one before was ended, and our trigger came once more.
 */
function isStale({ createdAt, external }: Rung, { at, kind, incident }: IncidentEvent): boolean {
  if (at.getTime() < createdAt.getTime() - SKEW_MS) return true
  if (!external.incidentId || external.incidentId === incident.id) return false
  return kind !== 'triggered' || at.toISOString() <= (external.incidentAt ?? '')
}

const factsOf = ({ kind, at, incident }: IncidentEvent): Record<string, string> => ({
  incidentId: incident.id,
  ...(kind === 'triggered' ? { incidentAt: at.toISOString() } : {}),
  // A webhook about it proves that the page was made, whatever became of the answer to our own request.
  paged: 'yes',
  ...(incident.number ? { incidentNumber: incident.number } : {}),
  ...(incident.url ? { incidentUrl: incident.url } : {}),
  ...(incident.assignees.length > 0 ? { assignees: incident.assignees.join(', ') } : {}),
  ...(incident.priority ? { priority: incident.priority } : {}),
})

const moveOf: Readonly<Partial<Record<IncidentEvent['kind'], RungMove>>> = {
  triggered: moves.sent,
  acknowledged: moves.acknowledge,
  unacknowledged: moves.unacknowledge,
  resolved: moves.resolve,
  reopened: moves.reopen,
}

async function follow(tx: Queryable, rung: Rung, { kind, by }: IncidentEvent): Promise<Rung | null> {
  const wanted = moveOf[kind]
  const moved = wanted ? await moveRung(tx, rung.id, wanted, by) : null
  // A trigger that still waits for its answer must not open the incident again.
  if (moved && kind === 'resolved') await end(tx, moved)
  return moved
}
