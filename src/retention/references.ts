import { sqlOpen } from '../escalation/state-sql.ts'

/** What keeps a run `r`. `$2`: for so many days it is kept in any case. */
interface Reference {
  /** `all`: its outputs stay as well. `run`: its verdict is enough for whoever asks. */
  readonly holds: 'all' | 'run'
  /** "a run stays, because …" */
  readonly because: string
  readonly sql: string
}

const LATELY = `now() - $2 * interval '1 day'`
const anyFix = (of: string, when: string): string =>
  `EXISTS (SELECT 1 FROM debvisor.fixes f WHERE f.${of} = r.id AND ${when})`
const OPEN_FIX = `(f.state IN ('awaiting-approval', 'approved', 'running', 'unknown')
  OR f.state = 'proposed' AND f.expires_at > now())`
const OLD_FIX = `f.ended_at >= ${LATELY}`
const anyEscalation = (when: string, joined = ''): string =>
  `EXISTS (SELECT 1 FROM debvisor.escalations e ${joined} WHERE e.run_id = r.id AND ${when})`

/** The first that holds is the one that is told. */
export const references = {
  'under-way': { holds: 'all', because: 'it is under way', sql: 'r.ended_at IS NULL' },
  escalation: {
    holds: 'all',
    because: 'an escalation or a ticket of it is open',
    sql: anyEscalation(`(${sqlOpen('e')} OR e.level = 1 AND e.closed_at IS NULL)`),
  },
  'earlier-ticket': {
    holds: 'all',
    because: 'an open ticket names its ticket',
    sql: anyEscalation(
      'o.closed_at IS NULL',
      'JOIN debvisor.tickets t ON t.earlier = e.id JOIN debvisor.escalations o ON o.id = t.id',
    ),
  },
  unsent: {
    holds: 'all',
    because: 'something about its escalation has still to be sent',
    sql: `${anyEscalation(`s.state = 'waiting'`, 'JOIN debvisor.sendings s ON s.escalation_id = e.id')}
      OR ${anyEscalation(`m.state = 'waiting'`, 'JOIN debvisor.mirrors m ON m.ticket_id = e.id')}`,
  },
  fix: {
    holds: 'all',
    because: 'a fix waits, is under way, or nobody knows what came of it',
    sql: `${anyFix('run_id', OPEN_FIX)} OR ${anyFix('recheck', OPEN_FIX)}`,
  },
  watch: {
    holds: 'all',
    because: 'a watch tells in its thread',
    sql: `EXISTS (SELECT 1 FROM debvisor.watches w WHERE w.run_id = r.id AND w.ended_at IS NULL)
      OR EXISTS (SELECT 1 FROM debvisor.watches w WHERE w.last_look = r.id AND w.ended_at IS NULL)
      OR EXISTS (SELECT 1 FROM debvisor.watches w WHERE w.look = r.id)`,
  },
  schedule: {
    holds: 'all',
    because: 'a schedule tells what has changed since',
    sql: `EXISTS (SELECT 1 FROM debvisor.scheduled_looks l WHERE l.look = r.id)
      OR EXISTS (SELECT 1 FROM debvisor.scheduled_looks l JOIN debvisor.schedules s ON s.id = l.schedule
        WHERE l.shown = r.id AND s.ended_at IS NULL)`,
  },
  'open-fleet': {
    holds: 'all',
    because: 'an answer about many hosts waits for others',
    sql: `EXISTS (SELECT 1 FROM debvisor.fleet_hosts h JOIN debvisor.fleet_runs f ON f.id = h.fleet
      WHERE h.run_id = r.id AND f.ended_at IS NULL)`,
  },
  newest: {
    holds: 'all',
    because: 'it is the newest of its topic and host',
    sql: `r.state = 'done' AND NOT EXISTS (SELECT 1 FROM debvisor.runs n WHERE n.team = r.team AND n.topic = r.topic
        AND n.host = r.host AND n.state = 'done' AND n.created_at > r.created_at)
      OR r.state IN ('done', 'failed') AND NOT EXISTS (SELECT 1 FROM debvisor.runs n WHERE n.team = r.team
        AND n.host = r.host AND n.topic = r.topic AND n.state IN ('done', 'failed') AND n.created_at > r.created_at)`,
  },
  young: {
    holds: 'run',
    because: 'it was checked again later',
    sql: `r.ended_at >= ${LATELY}`,
  },
  'closed-lately': {
    holds: 'run',
    because: 'its escalation, its fix or its watch ended later than it',
    sql: `${anyEscalation(`coalesce(e.closed_at, e.updated_at) >= ${LATELY}`)}
      OR ${anyFix('run_id', OLD_FIX)} OR ${anyFix('recheck', OLD_FIX)}
      OR EXISTS (SELECT 1 FROM debvisor.watches w WHERE w.run_id = r.id AND w.ended_at >= ${LATELY})`,
  },
  fleet: {
    holds: 'run',
    because: 'an answer about many hosts that is kept shows it',
    sql: 'EXISTS (SELECT 1 FROM debvisor.fleet_hosts h WHERE h.run_id = r.id)',
  },
  alert: {
    holds: 'run',
    because: 'an alert that is kept names it',
    sql: `EXISTS (SELECT 1 FROM debvisor.alerts a WHERE a.run_id = r.id)
      OR EXISTS (SELECT 1 FROM debvisor.alerts a WHERE a.recheck = r.id)`,
  },
  snapshot: {
    holds: 'run',
    because: 'the snapshot that its host is compared with is of it',
    sql: `EXISTS (SELECT 1 FROM debvisor.snapshots s
      WHERE s.team = r.team AND s.host = r.host AND s.topic = r.topic AND s.run_id = r.id)`,
  },
} as const satisfies Record<string, Reference>

/** Of a look, which goes without the thread that it belongs to. */
export const lookReferences = {
  'last-look': {
    holds: 'run',
    because: 'a watch shows it as its last look',
    sql: 'EXISTS (SELECT 1 FROM debvisor.watches w WHERE w.last_look = r.id)',
  },
  below: {
    holds: 'run',
    because: 'somebody had it checked again',
    sql: 'EXISTS (SELECT 1 FROM debvisor.runs c WHERE c.parent = r.id)',
  },
} as const satisfies Record<string, Reference>

export type Reason = keyof typeof references | keyof typeof lookReferences

export const because = (reason: Reason): string => ({ ...references, ...lookReferences })[reason].because

/**
 * Null, or the first reason why a run `r` stays. `outputs`: whether they do. `$2` is read by both, so that PostgreSQL knows
 * its type.
 */
export function reasonSql(of: 'outputs' | 'run' | 'look'): string {
  const all: readonly (readonly [string, Reference])[] = [
    ...Object.entries(references),
    ...(of === 'look' ? Object.entries(lookReferences) : []),
  ]
  const cases = all
    .filter(([, { holds }]) => of !== 'outputs' || holds === 'all')
    .map(([reason, { sql }]) => `WHEN ${sql} THEN '${reason}'`)
  return `CASE WHEN $2::float8 IS NULL THEN NULL ${cases.join('\n')} END`
}

/**
 * Every column that names a run as a foreign key: what becomes of it when the run goes. A test compares this with the
 * schema, so that a new one cannot be forgotten.
 */
export const columnsNamingRuns = {
  'probes.run_id': 'goes with it',
  'run_watchers.run_id': 'goes with it',
  'run_feedback.run_id': 'goes with it',
  'escalations.run_id': 'holds it, and goes with it where it is over',
  'fixes.run_id': 'holds it, and goes with it where it is over',
  'fixes.recheck': 'holds it, and is emptied where the fix is over',
  'watches.run_id': 'holds it, and goes with it where it is over',
  'watches.look': 'holds it',
  'watches.last_look': 'holds it, and is emptied where the watch is over and its thread goes',
  'scheduled_looks.look': 'holds it',
  'scheduled_looks.shown': 'holds it, and is emptied where the schedule is over',
  'fleet_hosts.run_id': 'holds it',
  'alerts.run_id': 'holds it',
  'alerts.recheck': 'holds it',
  'runs.parent': 'a thread goes as a whole, the newest first',
} as const
