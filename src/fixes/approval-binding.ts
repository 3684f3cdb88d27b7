import type { FixStep } from '../engine/plan/render-fix.ts'
import type { FixOffer } from '../engine/verdict/offered-fixes.ts'
import { touchesOtherThan } from '../findings/fix-touches.ts'
import type { Run } from '../runs/run.ts'
import { getRun } from '../runs/run-store.ts'
import type { FixRoute } from '../ssh/fix-connect.ts'
import type { Fix, NewFix } from './fix-store.ts'
import { type OfferSources, type OffersNow, offersNow } from './offer.ts'

/** The commands with the login that they are sent as: both are shown, approved and bound. */
export const stepsBy = (steps: readonly FixStep[], { target }: FixRoute): FixStep[] =>
  steps.map((step) => ({ ...step, login: target.user }))

/** What is asked for, with all that it is bound to (S6). */
export const boundFix = (
  run: Run,
  { finding, subject, fix }: FixOffer,
  now: Extract<OffersNow, { ok: true }>,
  requester: string,
): NewFix => {
  const { id, steps, touches, ...rendered } = fix
  const { runbookDigest, hostKey, route } = now
  const about = { team: run.team, runId: run.id, topic: run.topic, host: run.host }
  const production = now.host.production
  // A run that is offered from has ended.
  const seenAt = (run.endedAt ?? run.createdAt).toISOString()
  const bound = { ...rendered, steps: stepsBy(steps, route), touches: { ...touches, seenAt } }
  return { ...about, ...bound, fix: id, finding, subject, production, runbookDigest, hostKey, requester }
}

export type Unchanged =
  | { readonly ok: true; readonly route: FixRoute }
  | { readonly ok: false; readonly sentence: string }

/**
 * Checks that everything is still as it was when this fix was asked for and approved. What the host itself shows is
 * compared once it is connected.
 */
export async function unchangedSinceAsked(sources: OfferSources, fix: Fix): Promise<Unchanged> {
  const run = await getRun(sources.store, fix.runId)
  if (!run) return { ok: false, sentence: 'The run that found it is gone.' }
  const now = await offersNow(sources, run)
  if (!now.ok) return now
  const changed = differenceOf(fix, now)
  return changed ? { ok: false, sentence: changed } : { ok: true, route: now.route }
}

function differenceOf(fix: Fix, now: Extract<OffersNow, { ok: true }>): string | undefined {
  if (fix.runbookDigest !== now.runbookDigest)
    return `The runbook of ${fix.topic} has changed since this was asked for.`
  if (fix.production !== now.host.production)
    return fix.production
      ? `${fix.host} is no longer in production, which it was when this was asked for.`
      : `${fix.host} is in production now, where a second person has to approve.`
  if (fix.hostKey !== now.hostKey) return `The host key of ${fix.host} is not the one that the run saw.`
  if (isOffered(fix, now.offers, now.route)) return undefined
  const { user } = now.route.target
  if (fix.steps.some(({ login }) => login !== user))
    return `Fixes log in to ${fix.host} as ${user} now, which was not so when this was asked for.`
  return `The inventory's entry of ${fix.host} has changed since: the command would be another one now.`
}

/** One of these offers is exactly what was asked for. */
export const isOffered = (fix: Fix, offers: readonly FixOffer[], route: FixRoute): boolean =>
  sameOffer(fix, offers, route) !== undefined

/**
 * Why none of these offers is what was asked for, with what it touches: an approval is for what the form showed.
 * Undefined: one of them is.
 */
export function changedOffer(fix: Fix, offers: readonly FixOffer[], route: FixRoute): string | undefined {
  const same = sameOffer(fix, offers, route)
  if (!same) return 'What was found has changed: the command would be another one now.'
  return fix.touches ? touchesOtherThan(fix.touches, same.fix.touches) : undefined
}

const sameOffer = (fix: Fix, offers: readonly FixOffer[], route: FixRoute): FixOffer | undefined =>
  offers.find((offer) => JSON.stringify(stepsBy(offer.fix.steps, route)) === JSON.stringify(fix.steps))
