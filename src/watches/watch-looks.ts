import { authorize } from '../access/authorize.ts'
import { showRun } from '../runs/requests/show-run.ts'
import { addWatcher } from '../runs/requests/watchers.ts'
import { getRun } from '../runs/run-store.ts'
import { isKnown, whoIs } from '../slack/workspace/who-is.ts'
import type { WriteAudit } from '../store/audit/audit.ts'
import type { Queryable } from '../store/db.ts'
import type { Store } from '../store/store.ts'
import { afterLook, seenBy } from './after-look.ts'
import { beginLook } from './begin-look.ts'
import { forgetOutputs } from './forget-outputs.ts'
import type { Looker } from './looker.ts'
import { CHANGED, type Watch } from './watch.ts'
import {
  claimLook,
  claimMissing,
  type End,
  endWatch,
  noteJudged,
  noteLook,
  takeEnded,
} from './watch-store.ts'

const DOOR = 'watch'

/** What the audit says of it. */
const about = ({ topic, host, everyMs }: Watch): string =>
  `watch ${topic} on ${host} every ${everyMs / 60_000} min`

const redraw = (tx: Queryable, store: Store, { runId }: Watch): Promise<void> =>
  store.queue.send(tx, { kind: 'redraw', runId })

/** A look whose time has come, with the rights that whoever asked has now: without them the watch is over. */
export async function takeLook(looker: Looker, watch: Watch): Promise<void> {
  const { store, access, hosts, runbooks, log } = looker
  const { team, user, topic, channel } = watch
  const host = hosts.inventory.hosts.get(watch.host)
  if (!host) return missing(looker, watch, `${watch.host} is no longer in the inventory.`)
  if (!runbooks.topics.has(topic)) return missing(looker, watch, `There is no runbook for ${topic} any more.`)
  const principal = await whoIs(looker, { user, team }, { fresh: false })
  const decision = authorize(access, { principal, action: 'diagnose', host: host.name, topic })
  if (!decision.allowed && isKnown(looker, principal))
    return end(looker, watch, { outcome: 'refused', why: decision.reason })
  if (!decision.allowed) {
    log.info({ watch: watch.id }, 'Slack did not say what whoever watches may do: this look is left out')
    await store.tx((tx) => claimLook(tx, watch))
    return
  }
  const came = await beginLook(
    looker,
    {
      ...{ team, host, topic, channel },
      by: user,
      reason: 'looks whether it is well again',
      parent: watch.runId,
      audit: { door: DOOR, asked: about(watch), reason: decision.rule ?? null },
    },
    { claim: (tx) => claimLook(tx, watch), begun: (tx, look) => noteLook(tx, watch, look) },
  )
  if (came === 'full') log.info({ watch: watch.id }, 'too many runs wait: this look of a watch is left out')
}

/** This look is left out, and the watch is over where that has lasted. */
const missing = ({ store }: Pick<Looker, 'store'>, watch: Watch, why: string): Promise<void> =>
  store.tx(async (tx) => {
    if (await claimMissing(tx, watch)) await endIn(tx, store, watch, { outcome: 'gone', why })
  })

/** What its look saw. Of any number of replicas one says so. */
export function judgeLook(
  { store }: Pick<Looker, 'store'>,
  ended: { id: string; look: string },
): Promise<void> {
  return store.tx(async (tx) => {
    const watch = await takeEnded(tx, ended)
    const run = await getRun(tx, ended.look)
    const seen = run && seenBy(run)
    if (!watch || !run) return
    if (!seen || watch.outcome) return forgetOutputs(tx, run.id)
    const judged = afterLook({ ...watch, known: await toldBefore(tx, watch) }, seen)
    await noteJudged(tx, watch, judged, run.id)
    if (judged.news === 'changed') {
      // Worse news than they went to bed with: it calls them, as the end of the watch does.
      await addWatcher(tx, run, { user: watch.user, responseUrl: null })
      await showRun(tx, store.queue, run, { reason: CHANGED, parent: watch.runId })
    } else await forgetOutputs(tx, run.id)
    if (judged.news === 'well') await endIn(tx, store, watch, { outcome: 'well' })
    else await redraw(tx, store, watch)
  })
}

/** The run that the thread hangs from may have been under way when the watch began. */
async function toldBefore(tx: Queryable, { known, runId }: Watch): Promise<readonly string[]> {
  if (known.length > 0) return known
  const run = await getRun(tx, runId)
  const seen = run && seenBy(run)
  return seen && !seen.isHealthy ? seen.verdicts : []
}

/** In all the time it did not stay well. */
export const giveUp = (looker: Pick<Looker, 'store'>, watch: Watch): Promise<void> =>
  end(looker, watch, { outcome: 'gave-up' })

const end = ({ store }: Pick<Looker, 'store'>, watch: Watch, how: End): Promise<void> =>
  store.tx(async (tx) => {
    await endIn(tx, store, watch, { ...how, turn: watch.turn })
  })

async function endIn(tx: Queryable, store: Store, watch: Watch, how: End): Promise<void> {
  if (!(await endWatch(tx, watch.id, how))) return
  await redraw(tx, store, watch)
  const { team, user, host, topic } = watch
  await store.audit(tx, {
    ...{ team, actor: user, door: DOOR, action: 'diagnose', host, topic, asked: about(watch) },
    decision: how.outcome === 'refused' ? 'refused' : 'allowed',
    target: `watch ended: ${how.outcome}`,
    reason: how.why ?? null,
  })
}

/** Somebody stops it. False: it is over already. */
export const stopWatch = (store: Store, watch: Watch, by: string, audit: WriteAudit): Promise<boolean> =>
  store.tx(async (tx) => {
    if (!(await endWatch(tx, watch.id, { outcome: 'stopped', by }))) return false
    await redraw(tx, store, watch)
    await audit(tx, `stopped ${about(watch)}`)
    return true
  })
