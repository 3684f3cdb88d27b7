import { channelsReached } from '../../escalation/channels.ts'
import type { Escalation } from '../../escalation/escalation.ts'
import { escalationsOfRun } from '../../escalation/escalation-store.ts'
import { eventsOf, type TicketEvent } from '../../escalation/tickets/ticket-store.ts'
import { type Fix, fixesOfRun } from '../../fixes/fix-store.ts'
import { feedbackOn } from '../../runs/history/feedback.ts'
import { runsOfThread } from '../../runs/history/runs-of-thread.ts'
import type { Run } from '../../runs/run.ts'
import { nameOf } from '../../slack/messages/escalation/escalation-view.ts'
import type { TimelineEvent } from '../../slack/messages/history/timeline-file.ts'
import { about, headline } from '../../slack/messages/run/run-view.ts'
import { auditOfHost, type DatedEntry } from '../../store/audit/audit-of-host.ts'
import type { Db } from '../../store/db.ts'
import { messageOf } from '../../store/posted-messages.ts'
import type { Watch } from '../../watches/watch.ts'
import { watchesOfRun } from '../../watches/watch-store.ts'
import { ancestorsOf, threadOf } from '../other-threads.ts'

/** An incident is a thread: where it is, and its runs that the reader may see. */
export interface Incident {
  readonly channel: string
  /** Ts of the thread; undefined: nothing was posted. */
  readonly thread: string | undefined
  /** Oldest first. */
  readonly runs: readonly Run[]
}

/** The thread that a run stands in. `mayRead`: of its runs, the reader sees these. */
export async function incidentOf(db: Db, run: Run, mayRead: (run: Run) => boolean): Promise<Incident> {
  const thread =
    (await threadOf(db, run, await ancestorsOf(db, run))) ??
    (await messageOf(db, run.id, 'main'))?.ts ??
    undefined
  const { team, channel } = run
  const found = thread === undefined ? [] : await runsOfThread(db, { team, channel, thread })
  const runs = new Map([...found.filter(mayRead), run].map((each) => [each.id, each]))
  return {
    ...{ channel, thread },
    runs: [...runs.values()].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime()),
  }
}

/** What the store and the audit have of these runs, oldest first. `commands`: the words that a command begins with. */
export async function storedEvents(
  db: Db,
  { runs }: Incident,
  commands: readonly string[],
): Promise<TimelineEvent[]> {
  const events: TimelineEvent[] = []
  /** Of everything that a click may be about. */
  const ids = new Set<string>()
  const feedback = await feedbackOn(
    db,
    runs.map(({ id }) => id),
  )
  for (const run of runs) {
    const escalations = await escalationsOfRun(db, run.id)
    const fixes = await fixesOfRun(db, run.id)
    for (const { id } of [run, ...escalations, ...fixes]) ids.add(id)
    events.push(...runEvents(run), ...fixes.flatMap(fixEvents))
    events.push(...(await watchesOfRun(db, run.id)).flatMap(watchEvents))
    for (const escalation of escalations) {
      events.push(...escalationEvents(escalation))
      if (escalation.level === 1)
        events.push(...(await eventsOf(db, escalation.id)).map(ticketEvent(escalation)))
    }
    for (const { by, at, rating, said } of feedback.get(run.id) ?? [])
      events.push({
        at,
        by,
        what: `said that run ${run.code} was ${rating}`,
        ...(said === null ? {} : { said }),
      })
  }
  for (const { asked, ...event } of await clicks(db, runs, ids)) {
    const [first = ''] = words(asked)
    events.push({ ...event, command: commands.find((each) => each === first.toLowerCase()) })
  }
  return events.sort((a, b) => a.at.getTime() - b.at.getTime())
}

function runEvents(run: Run): TimelineEvent[] {
  const { createdAt, endedAt, code, cancelledBy, actor, reason, afterFix } = run
  const why = reason === null ? '' : ` (${reason})`
  const asked = { at: createdAt, by: actor.id, what: `asked for ${about(run)}, run ${code}${why}` }
  const looked = { at: createdAt, by: null, what: `Re-check after a fix: ${about(run)}, run ${code}` }
  const ended = endedAt && {
    at: endedAt,
    by: cancelledBy,
    what: cancelledBy ? `cancelled run ${code}` : `Run ${code}: ${headline(run)}`,
  }
  return [afterFix ? looked : asked, ...(ended ? [ended] : [])]
}

function escalationEvents(escalation: Escalation): TimelineEvent[] {
  const { level, actor, createdAt, acknowledgedAt, acknowledgedBy, overdueAt, overdueTook } = escalation
  const { closedAt, closedBy, state, error, reason } = escalation
  const name = nameOf(escalation)
  const verb =
    level === 1
      ? `opened ${name.toLowerCase()}`
      : level === 2
        ? 'contacted the DevOps lead'
        : 'paged the on-call'
  const reached = channelsReached(escalation).join(', ')
  return [
    {
      ...{ at: createdAt, by: actor.id },
      what: `${verb}${reached ? ` by ${reached}` : ''}${state === 'failed' ? `, which failed: ${error ?? 'nobody was reached'}` : ''}`,
      ...(reason ? { said: reason } : {}),
    },
    ...(overdueAt
      ? [
          {
            at: overdueAt,
            by: null,
            what: `${name}: nobody acknowledged in time${overdueTook === 'page' ? ', so the on-call was paged' : ''}`,
          },
        ]
      : []),
    ...(acknowledgedAt ? [{ at: acknowledgedAt, by: acknowledgedBy, what: `acknowledged (${name})` }] : []),
    // A ticket's own event says more.
    ...(closedAt && level > 1
      ? [
          {
            at: closedAt,
            by: closedBy,
            what: `${state === 'de-escalated' ? 'de-escalated' : 'resolved'} (${name})`,
          },
        ]
      : []),
  ]
}

const done: Readonly<Record<TicketEvent['kind'], string>> = {
  edited: 'edited',
  assigned: 'assigned',
  started: 'began work on',
  commented: 'commented on',
  closed: 'closed',
  reopened: 'reopened',
}

const ticketEvent =
  (ticket: Escalation) =>
  ({ kind, actor, text, at }: TicketEvent): TimelineEvent => ({
    ...{ at, by: actor, what: `${done[kind]} ${nameOf(ticket).toLowerCase()}` },
    // Whom it was given to is a name, not words.
    ...(text !== null && (kind === 'commented' || kind === 'closed') ? { said: text } : {}),
  })

function fixEvents(fix: Fix): TimelineEvent[] {
  const { title, requester, approver, decliner, requestedAt, decidedAt, startedAt, endedAt, state, reason } =
    fix
  const name = `fix "${title}"`
  return [
    ...(requestedAt ? [{ at: requestedAt, by: requester, what: `asked for ${name}` }] : []),
    ...(decidedAt && (approver ?? decliner)
      ? [{ at: decidedAt, by: approver ?? decliner, what: `${approver ? 'approved' : 'declined'} ${name}` }]
      : []),
    ...(startedAt ? [{ at: startedAt, by: null, what: `The ${name} began to run` }] : []),
    ...(endedAt && requestedAt
      ? [{ at: endedAt, by: null, what: `The ${name}: ${state}${reason ? `, ${reason}` : ''}` }]
      : []),
  ]
}

/** The looks themselves are none of it: the thread has those with news. */
const watchEvents = ({
  user,
  createdAt,
  endedAt,
  endedBy,
  outcome,
  looks,
  ...of
}: Watch): TimelineEvent[] => [
  { at: createdAt, by: user, what: `asked to watch ${of.topic} on ${of.host} until it is healthy` },
  ...(endedAt
    ? [
        {
          at: endedAt,
          by: endedBy,
          what: endedBy ? 'stopped that watch' : `The watch ended after ${looks} looks: ${outcome}`,
        },
      ]
    : []),
]

/** Of one host; an incident with more has begun long ago. */
const MOST_ROWS = 2_000

type Click = TimelineEvent & { readonly asked: string }

/** What the audit has of these runs and the store has not: what was refused, and who joined a run under way. */
async function clicks(db: Db, runs: readonly Run[], ids: ReadonlySet<string>): Promise<Click[]> {
  const [first] = runs
  if (!first) return []
  const places = new Set(runs.map(placeOf))
  const codes = new Set(runs.map(({ code }) => code))
  const isOurs = (row: DatedEntry): boolean =>
    places.has(placeOf(row)) &&
    words(`${row.asked} ${row.target ?? ''}`).some((word) => ids.has(word) || codes.has(word.toUpperCase()))
  const events: Click[] = []
  for (const host of new Set(runs.map((run) => run.host))) {
    const about = { team: first.team, host, since: first.createdAt, limit: MOST_ROWS }
    const rows = (await auditOfHost(db, about)).filter(isOurs)
    for (const row of rows) {
      const what = stepIn(row)
      if (what) events.push({ at: row.at, by: row.actor, door: row.door, asked: row.asked, what })
    }
  }
  return events
}

function stepIn({ decision, reason, target }: DatedEntry): string | undefined {
  if (decision === 'refused') return `refused: ${reason ?? ''}`
  return target?.startsWith('joined run') ? target : undefined
}

const placeOf = ({ host, topic }: { readonly host: string | null; readonly topic: string | null }): string =>
  JSON.stringify([host, topic])

/** Ids and codes stand between spaces, quotes and commas. */
const words = (text: string): string[] => text.split(/[^0-9A-Za-z-]+/)
