import type { Run } from '../runs/run.ts'
import type { WriteAudit } from '../store/audit/audit.ts'
import type { Store } from '../store/store.ts'
import { boundFix, unchangedSinceAsked } from './approval-binding.ts'
import { commandsOf, noteFix } from './fix-audit.ts'
import {
  approveFix,
  declineFix,
  expireOn,
  type Fix,
  type FixState,
  getFix,
  isWithdrawn,
  type Obstacle,
  obstacleTo,
  proposeFix,
  requestFix,
} from './fix-store.ts'
import { type OfferSources, offersNow } from './offer.ts'

/** What a request for a fix is checked against, and the store that keeps it. */
export interface FixRequests extends OfferSources {
  readonly store: Store
}

/** What was asked for is stored; or the sentence on why it is not. */
export type Requested<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly sentence: string }

export const refused = (sentence: string): Requested<never> => ({ ok: false, sentence })

/** Asked for, and never run. */
const turnedDown: ReadonlySet<FixState> = new Set(['refused', 'expired', 'void'])

/** More choices than these are no longer read in a form. */
const MOST_OFFERS = 3

/**
 * S6: an approval is good for 15 minutes; its end is looked for a little later, so that the database's clock has passed
 * it.
 */
const EXPIRY_MS = (15 * 60 + 2) * 1_000

const obstacles: Readonly<Record<Obstacle, (host: string) => string>> = {
  busy: (host) => `Another change of ${host} is under way or waits for approval: one at a time.`,
  used: () => 'What this run found was acted on already: its re-check says how things are now.',
  stale: (host) =>
    `This is not the newest look at ${host}, or it is older than half an hour: check again first.`,
}

/** *Apply fix*: what would run is written down as it is shown, and nothing else can be asked for with this form. */
export async function propose(
  sources: FixRequests,
  run: Run,
  user: string,
  audit: WriteAudit,
): Promise<Requested<readonly Fix[]>> {
  const now = await offersNow(sources, run)
  if (!now.ok) return now
  const offers = now.offers.slice(0, MOST_OFFERS)
  if (offers.length === 0) return refused('None of the causes of this run has a fix that can be applied.')
  return sources.store.tx(async (tx) => {
    const obstacle = await obstacleTo(tx, { team: run.team, host: run.host, runId: run.id })
    if (obstacle) return refused(obstacles[obstacle](run.host))
    const fixes: Fix[] = []
    for (const offer of offers) fixes.push(await proposeFix(tx, boundFix(run, offer, now, user)))
    await audit(tx, `fix ${fixes.map(({ id }) => id).join(', ')} shown`)
    return { ok: true, value: fixes }
  })
}

/** The form is submitted: on production it waits for a second person, elsewhere its job is on its way. */
export async function submit(
  sources: FixRequests,
  fix: Fix,
  user: string,
  audit: WriteAudit,
): Promise<Requested<Fix>> {
  const { store } = sources
  const still = await unchangedSinceAsked(sources, fix)
  if (!still.ok) return refused(`${still.sentence} Nothing was run.`)
  return store.tx(async (tx) => {
    const obstacle = await obstacleTo(tx, fix)
    // The form was sent twice, by Slack or by somebody who got no answer in time. The fix was asked for once, and that
    // is the answer. It is read once the other transaction is done.
    const known = await getFix(tx, fix.id)
    if (known?.requestedAt && known.requester === user && !turnedDown.has(known.state))
      return { ok: true, value: known }
    if (obstacle) return refused(obstacles[obstacle](fix.host))
    // A request that ran out a moment ago is in the way until it is written down.
    for (const old of await expireOn(tx, fix.team, fix.host)) {
      await store.queue.send(tx, { kind: 'redraw', runId: old.runId })
      await noteFix(store, tx, old, 'ran out, nothing was run')
    }
    const asked = await requestFix(tx, fix.id, user)
    if (!asked) return refused('This form is out of date: click *Apply fix* again.')
    // One job at a time shows it: two could post the same message twice.
    if (asked.state === 'approved') await store.queue.send(tx, { kind: 'fix', fixId: fix.id })
    else {
      await store.queue.send(tx, { kind: 'redraw', runId: fix.runId })
      await store.queue.send(tx, { kind: 'fix-expiry', fixId: fix.id }, { afterMs: EXPIRY_MS })
    }
    await audit(tx, `fix ${fix.id} asked for: ${commandsOf(asked)}`)
    return { ok: true, value: asked }
  })
}

/** A second person says yes: the job is on its way in the same transaction. */
export function approve(store: Store, fix: Fix, user: string, audit: WriteAudit): Promise<Requested<Fix>> {
  return store.tx(async (tx) => {
    const approved = await approveFix(tx, fix.id, user)
    if (!approved) return refused(tooLate((await getFix(tx, fix.id)) ?? fix))
    await store.queue.send(tx, { kind: 'fix', fixId: fix.id })
    await audit(tx, `fix ${fix.id} approved, asked for by ${fix.requester}: ${commandsOf(approved)}`)
    return { ok: true, value: approved }
  })
}

/** Nothing runs: somebody else says no, or whoever asked withdraws it. */
export function decline(store: Store, fix: Fix, user: string, audit: WriteAudit): Promise<Requested<Fix>> {
  return store.tx(async (tx) => {
    const declined = await declineFix(tx, fix.id, user)
    if (!declined) return refused(tooLate((await getFix(tx, fix.id)) ?? fix))
    await store.queue.send(tx, { kind: 'redraw', runId: fix.runId })
    const what = isWithdrawn(declined) ? 'withdrawn' : 'declined'
    await audit(tx, `fix ${fix.id} ${what}, asked for by ${fix.requester}`)
    return { ok: true, value: declined }
  })
}

/** Why a click had no effect. */
function tooLate(fix: Fix): string {
  switch (fix.state) {
    case 'proposed':
      return 'Nobody has asked for this fix yet.'
    case 'awaiting-approval':
    case 'expired':
      return 'The 15 minutes for this approval are over: nothing was run. Whoever still wants it asks again.'
    case 'refused':
      return `This request was ${isWithdrawn(fix) ? 'withdrawn' : 'declined'} already: nothing was run.`
    case 'void':
      return 'This request is void: something has changed since it was asked for.'
    default:
      return 'This request was approved already.'
  }
}
