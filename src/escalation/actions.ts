import type { Run } from '../runs/run.ts'
import type { WriteAudit } from '../store/audit/audit.ts'
import type { Db, Queryable } from '../store/db.ts'
import { noteExternal } from './escalation-store.ts'
import type { Level } from './levels.ts'
import { closeProblems, lockRung, moveRung, type Rung } from './move-escalation.ts'
import { moves } from './moves.ts'
import { openRung, queuePage, type RungDeps, redrawProblem, startLimit } from './open-escalation.ts'
import { dropUntried, mayBePaged, queueSending } from './outbox/outbox-store.ts'
import { tellMirrors } from './tickets/mirror.ts'
import { noteResolved } from './tickets/ticket-store.ts'

/** What people do with a rung: each is one transaction with its row in the audit. False: it came too late, nothing was done. */
export interface ClimbDeps extends RungDeps {
  readonly db: Db
}

export interface Step {
  readonly rung: Rung
  readonly run: Run
  readonly by: string
  readonly audit: WriteAudit
}

export function acknowledge(deps: ClimbDeps, { rung, by, audit }: Step): Promise<boolean> {
  return deps.db.tx(async (tx) => {
    const moved = await moveRung(tx, rung.id, moves.acknowledge, by)
    if (!moved) return false
    if (moved.level === 3) await queuePage(tx, moved, 'acknowledge')
    await tell(tx, deps, moved, audit)
    return true
  })
}

/** To another Slack user, who gets the direct message and the whole time. */
export function reassign(deps: ClimbDeps, { rung, run, audit }: Step, to: string): Promise<boolean> {
  return deps.db.tx(async (tx) => {
    const moved = rung.level === 2 ? await moveRung(tx, rung.id, moves.reassign, to) : null
    if (!moved) return false
    await writeAgain(tx, deps, moved, run)
    await tell(tx, deps, moved, audit, `to ${to}`)
    return true
  })
}

/** To whoever has it now, who gets the whole time. What did not reach the one before says nothing of them. */
async function writeAgain(tx: Queryable, deps: ClimbDeps, { id, severity }: Rung, run: Run): Promise<void> {
  await noteExternal(tx, id, { failed: '' })
  await startLimit(tx, deps, { id, severity }, run.host)
  await queueSending(tx, { escalationId: id, channel: 'message', act: 'open' }, `message:${id}`)
}

/** The lead who let the time pass has it again: with a message of its own, since a changed one notifies nobody. One who has acknowledged knows. */
async function handBack(tx: Queryable, deps: ClimbDeps, { id }: Pick<Rung, 'id'>, run: Run): Promise<void> {
  const lead = await lockRung(tx, id)
  if (!lead?.assignee || lead.state === 'acknowledged') return
  const again = await moveRung(tx, id, moves.reassign, lead.assignee)
  if (!again) return
  await noteExternal(tx, id, { handedBack: String(Number(lead.external.handedBack ?? 0) + 1) })
  await writeAgain(tx, deps, again, run)
}

/**
 * One level down: this rung is closed, its page ended, and the one below is opened where it is not open, so that the problem stays somebody's.
 * `below` is what can be reached there.
 */
export function deEscalate(deps: ClimbDeps, { rung, run, by, audit }: Step, below: Level): Promise<boolean> {
  return deps.db.tx(async (tx) => {
    const moved = await moveRung(tx, rung.id, moves.deEscalate, by)
    if (!moved) return false
    await end(tx, moved)
    const { team, problemKey, runId, channel, title, body, severity } = moved
    const actor = { kind: 'user', id: by } as const
    const next = { team, problemKey, level: below, runId, channel, actor, title, body, severity }
    const { escalation, created } = await openRung(tx, deps, { ...next, host: run.host })
    if (below === 2 && !created) await handBack(tx, deps, escalation, run)
    await tell(tx, deps, moved, audit, `to level ${below}`)
    return true
  })
}

export interface Resolving {
  readonly team: string
  readonly problemKeys: readonly string[]
  /** Slack user. */
  readonly by: string
  /** One sentence for the ticket: why it is over. */
  readonly why: string
}

/** Ends all that is open for these problems, the ticket and the page too. Resolves with what was closed. */
export function resolveProblems(
  deps: ClimbDeps,
  about: Resolving,
  audit: WriteAudit,
): Promise<readonly Rung[]> {
  return deps.db.tx(async (tx) => {
    const closed = await closeProblems(tx, about.team, about.problemKeys, about.by)
    if (closed.length === 0) return closed
    for (const rung of closed) await end(tx, rung)
    for (const rung of closed) {
      if (rung.level === 1) await endTicket(tx, deps, rung, about)
      await redrawProblem(tx, deps.queue, rung)
    }
    await audit(tx, `resolved: ${closed.map(({ level, id }) => `level ${level} ${id}`).join(', ')}`)
    return closed
  })
}

/** A ticket that ends with its problem ends as one that somebody closed: with who, why, and word to its mirrors. */
async function endTicket(tx: Queryable, { queue }: ClimbDeps, { id }: Rung, about: Resolving): Promise<void> {
  await noteResolved(tx, { id, actor: about.by }, about.why)
  await tellMirrors(tx, queue, id)
}

/** What of a closed rung was not tried is not tried any more; a page that may be open is resolved. */
export async function end(tx: Queryable, rung: Rung): Promise<void> {
  await dropUntried(tx, [rung.id])
  if (rung.level === 3 && (await mayBePaged(tx, rung.id))) await queuePage(tx, rung, 'resolve')
}

async function tell(
  tx: Queryable,
  { queue }: ClimbDeps,
  rung: Rung,
  audit: WriteAudit,
  more = '',
): Promise<void> {
  await redrawProblem(tx, queue, rung)
  await audit(tx, `level ${rung.level} ${rung.state}, escalation ${rung.id}${more ? ` ${more}` : ''}`)
}
