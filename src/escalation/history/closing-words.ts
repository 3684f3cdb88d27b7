import type { Queryable } from '../../store/db.ts'

/** What somebody wrote when they closed a ticket: its form asks what solved it. */
export interface ClosingWords {
  readonly ticket: number
  /** Slack channel of the run that it was opened for. */
  readonly channel: string
  readonly said: string
  /** Slack user. */
  readonly by: string | null
  readonly at: Date
}

/** Where a whole problem was ended at once, the ticket says so in our words (handlers/actions/escalation.ts). */
const OURS = /^(?:It was resolved with all that was open for its problem|Run \w+ found the problem gone)\.$/

export interface ClosedTicket {
  readonly team: string
  readonly problemKey: string
  /** Of the run that it was opened for: whoever may read that topic may read these words. */
  readonly topic: string
  /** It was closed in that time. */
  readonly from: Date
  readonly to: Date
}

/** Of such a ticket, the one that was closed last; undefined: there is none, or nobody wrote anything. */
export async function closingWords(
  db: Queryable,
  { team, problemKey, topic, from, to }: ClosedTicket,
): Promise<ClosingWords | undefined> {
  const { rows } = await db.query<ClosingWords>(
    `SELECT e.number AS ticket, e.channel, t.resolution AS said, e.closed_by AS by, e.closed_at AS at
     FROM debvisor.escalations e JOIN debvisor.tickets t ON t.id = e.id
       JOIN debvisor.runs r ON r.id = e.run_id
     WHERE e.team = $1 AND e.problem_key = $2 AND r.topic = $3 AND e.closed_at >= $4 AND e.closed_at < $5
       AND t.resolution IS NOT NULL
     ORDER BY e.closed_at DESC LIMIT 5`,
    [team, problemKey, topic, from, to],
  )
  return rows.find(({ said }) => !OURS.test(said))
}
