import { runToJoin } from '../runs/requests/join-run.ts'
import { showRun } from '../runs/requests/show-run.ts'
import type { Run } from '../runs/run.ts'
import { createRun, getRun } from '../runs/run-store.ts'
import type { Queryable } from '../store/db.ts'
import { type EndedOfRun, endedOfRun, noteRecheck } from './alert-store.ts'
import { type AlertTaker, entryFor, mayLook, namesOf } from './alert-taker.ts'
import type { AlertSource } from './source.ts'
import { reasonOf } from './start-look.ts'

/** Who looks again once alerts are over. */
export interface AlertFollower extends AlertTaker {
  readonly sources: readonly AlertSource[]
}

/** Between two looks whether what is waited for has ended. */
const AGAIN_MS = 5_000

/**
 * When the last alert of a run is over: the same topic and host are looked at again, in that run's thread. Called twice
 * it looks once. A look of this thread that has still to begin will do. One that began before the end, or that another
 * thread shows, is waited for.
 */
export function lookAfterEnd(follower: AlertFollower, runId: string): Promise<void> {
  const { store } = follower
  return store.tx(async (tx) => {
    const run = await keepAsItIs(tx, runId)
    const ended = await endedOfRun(tx, runId)
    const [newest] = ended
    // Whoever cancelled the look did not want to know.
    if (!run || !newest || run.state === 'cancelled') return
    const allowed = await permit(follower, tx, { run, ended })
    if (!allowed) return
    const { topic, host, team, channel } = run
    const under = run.endedAt ? await runToJoin(tx, { team, topic, host, channel, user: null }) : run
    const isHere = under?.id === runId || under?.parent === runId
    const beganBefore = under?.startedAt && under.startedAt < newest.resolvedAt
    if (under && (beganBefore || !isHere))
      return store.queue.send(tx, { kind: 'alert-recheck', runId }, { afterMs: AGAIN_MS })
    const look = under ?? (await lookAgain(follower, tx, { run, ended }))
    await showRun(tx, store.queue, look)
    await noteRecheck(tx, runId, look.id)
    await store.audit(tx, {
      ...allowed,
      target: under ? `joined run ${look.code}` : `run ${look.code}`,
    })
  })
}

/** It does not end before this transaction does, so its verdict says what came of this one. */
async function keepAsItIs(tx: Queryable, runId: string): Promise<Run | null> {
  await tx.query('SELECT id FROM debvisor.runs WHERE id = $1 FOR NO KEY UPDATE', [runId])
  return getRun(tx, runId)
}

interface Over {
  readonly run: Run
  readonly ended: readonly EndedOfRun[]
}

/** The row of the audit, or undefined where it is refused, which the audit has by then. */
async function permit(follower: AlertFollower, tx: Queryable, { run, ended }: Over) {
  const { store, sources, hosts, log } = follower
  const { topic } = run
  const source = sources.find(({ name }) => name === ended[0]?.source)
  const host = hosts.inventory.hosts.get(run.host)
  if (!source || !host) {
    log.warn({ run: run.code }, 'alerts are over whose source or host is not configured any more')
    return undefined
  }
  const decision = mayLook(follower, source, { host, topic })
  const asked = `resolved: ${namesOf(ended.map(({ name }) => name))}`
  const row = { ...entryFor(follower, source), host: host.name, topic, asked, reason: decision.rule ?? null }
  if (decision.allowed) return row
  await store.audit(tx, { ...row, decision: 'refused', reason: decision.reason })
  return undefined
}

async function lookAgain({ store, hosts }: AlertFollower, tx: Queryable, { run, ended }: Over): Promise<Run> {
  const { team, topic, host, channel } = run
  const again = await createRun(tx, {
    ...{ team, topic, host, channel },
    actor: { kind: 'webhook', id: ended[0]?.source ?? '' },
    origin: 'alert',
    reason: `${reasonOf(ended)} resolved, checks run ${run.code} again`,
    production: hosts.inventory.hosts.get(host)?.production ?? run.production,
    responseUrl: null,
    parent: run.id,
  })
  await store.queue.send(tx, { kind: 'diagnose', runId: again.id })
  return again
}
