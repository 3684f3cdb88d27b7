import type { IncidentEvent } from '../../integrations/pagerduty/incident-event.ts'
import { wholeSecond } from '../../integrations/pagerduty/incidents.ts'
import type { Incident as KnownIncident } from '../../integrations/pagerduty/page-channel.ts'
import type { Escalation } from '../escalation.ts'

/** Which page an incident belongs to, and which of its events come too late. Pure. */

/** Between the pager's clock and the database's. */
const SKEW_MS = 10_000

type Incident = Pick<IncidentEvent['incident'], 'id' | 'createdAt'>

/**
 * Of the pages of one problem, the newest first: the one that has this incident, else the one that was open when it was
 * made. Where two were within the second that PagerDuty tells, the older: an event of its incident must not end the
 * newer one. Null: none fits.
 */
export function pageFor(pages: readonly Escalation[], { id, createdAt }: Incident): Escalation | null {
  const known = pages.find((page) => incidentOf(page)?.id === id)
  if (known) return known
  if (!createdAt) return pages[0] ?? null
  const wasOpen = pages.findLast(
    (page) =>
      !incidentOf(page) &&
      createdAt >= wholeSecond(page.createdAt) &&
      (page.closedAt === null || createdAt <= page.closedAt),
  )
  // Clocks that differ, or a trigger that came after all was over.
  return wasOpen ?? pages.find((page) => createdAt.getTime() >= page.createdAt.getTime() - SKEW_MS) ?? null
}

const incidentOf = ({ records }: Pick<Escalation, 'records'>): KnownIncident | null =>
  records.page?.incident ?? null

/** Of another time, or of another incident than the page has. */
export function isStale(page: Escalation, event: IncidentEvent): boolean {
  if (event.at.getTime() < page.createdAt.getTime() - SKEW_MS) return true
  const known = incidentOf(page)
  if (!known || known.id === event.incident.id) return false
  return !isNewer(known, event)
}

/**
 * A newer incident of the same key takes the place of the one before: that was ended, and our trigger came once more.
 */
function isNewer(known: KnownIncident, { at, kind, incident }: IncidentEvent): boolean {
  const { number } = incident
  if (number && known.number) return Number(number) > Number(known.number)
  return kind === 'triggered' && (known.movedAt === null || at > known.movedAt)
}

/** Events come in any order: one that is older than the last move, at the pager or here, does not undo it. */
export function isOvertaken(page: Escalation, { at, kind, incident }: IncidentEvent): boolean {
  const known = incidentOf(page)
  if (known?.id === incident.id && known.movedAt !== null && at < known.movedAt) return true
  const { closedAt, acknowledgedAt } = page
  const here = kind === 'reopened' ? closedAt : kind === 'unacknowledged' ? acknowledgedAt : null
  return here !== null && at.getTime() < here.getTime() - SKEW_MS
}
