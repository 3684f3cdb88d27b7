import type { Bundle } from '../escalation/bundle.ts'
import { type Level, type Offer, offerOf } from '../escalation/levels.ts'
import { leadMail } from '../escalation/mail.ts'
import type { Mailer } from '../escalation/mailer.ts'
import type { Tracker } from '../escalation/mirrors/tracker.ts'
import { pageEvent } from '../escalation/page.ts'
import type { Pager } from '../escalation/pager.ts'
import { draftTicket } from '../escalation/ticket.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { leadMessage } from '../slack/blocks/lead.ts'
import type { Posted } from '../slack/delivery.ts'
import type { WriteAudit } from '../store/audit.ts'
import {
  type Escalation,
  getEscalation,
  noteExternal,
  openEscalation,
  settleEscalation,
} from '../store/escalations.ts'
import { messageOf } from '../store/messages.ts'
import { probesOf } from '../store/probes.ts'
import type { Run } from '../store/run.ts'
import { getRun } from '../store/runs.ts'
import { startMirrors } from './mirror.ts'
import type { Queue } from './queue.ts'
import { type ShowDeps, showRun } from './show-run.ts'
import { shownRecords } from './shown-records.ts'
import { runView } from './view.ts'

/** Adapters are undefined where they are not configured. */
export interface EscalateDeps extends ShowDeps {
  readonly queue: Queue
  readonly trackers: readonly Tracker[]
  readonly inventory: Inventory
  readonly mailer: Mailer | undefined
  readonly pager: Pager | undefined
  readonly lead: { readonly slackUser: string | undefined; readonly email: string }
  /** A person's name for mail and pager; the id where Slack does not say it. */
  displayName(user: string): Promise<string>
}

export type Asked =
  /** `created` false: the problem has one already; the click joined it. */
  | { readonly ok: true; readonly escalation: Escalation; readonly created: boolean }
  | { readonly ok: false; readonly sentence: string }

/** A click: the escalation, its job and the audit's row are one transaction. A second click, from any thread on the same problem, joins the first. */
export async function askEscalation(
  deps: EscalateDeps,
  run: Run,
  level: Level,
  user: string,
  audit: WriteAudit,
): Promise<Asked> {
  const offer = offerFor(deps, run, level)
  if (offer.state !== 'ready') return { ok: false, sentence: offer.sentence }
  const problemKey = run.problemKeys[0]
  if (!problemKey) return { ok: false, sentence: 'This run is still under way: escalate when it has ended.' }
  const bundle = await bundleOf(deps, run)
  const { title, body, severity } = draftTicket(bundle)
  const opened = await deps.db.tx(async (tx) => {
    const wanted = { team: run.team, problemKey, level, runId: run.id, channel: run.channel }
    const actor = { kind: 'user', id: user } as const
    const result = await openEscalation(tx, { ...wanted, actor, title, body, severity })
    if (result.created) await deps.queue.send(tx, { kind: 'escalate', escalationId: result.escalation.id })
    await audit(tx, `level ${level}, escalation ${result.escalation.id}`)
    return result
  })
  return { ok: true, ...opened }
}

/**
 * Does what was asked. Called again after a failure or a crash: what has happened is noted after each step, so it is not repeated; the mail's
 * Message-ID and the page's dedup_key make even a lost note harmless.
 */
export async function escalate(deps: EscalateDeps, id: string, lastTry: boolean): Promise<void> {
  const escalation = await getEscalation(deps.db, id)
  const run = escalation && (await getRun(deps.db, escalation.runId))
  if (!escalation || !run) return
  if (escalation.state === 'requested') {
    const done = await perform(deps, escalation, await bundleOf(deps, run))
    if (done.again && !lastTry) {
      await showRun(deps, run)
      throw new Error(done.again)
    }
    await settleEscalation(
      deps.db,
      id,
      done.again || done.error
        ? { state: 'failed', error: done.again ?? done.error ?? '' }
        : { state: 'done', external: done.external ?? {} },
    )
  }
  await showRun(deps, run)
}

/** The job was given up: the button comes back, and the thread says why. */
export async function giveUpEscalation(deps: EscalateDeps, id: string): Promise<void> {
  await settleEscalation(deps.db, id, { state: 'failed', error: 'it did not work after many tries' })
  const escalation = await getEscalation(deps.db, id)
  const run = escalation && (await getRun(deps.db, escalation.runId))
  if (run) await showRun(deps, run)
}

interface Performed {
  readonly external?: Readonly<Record<string, string>>
  /** It will never work: why. */
  readonly error?: string
  /** It may work later: why it did not now. */
  readonly again?: string
}

async function perform(deps: EscalateDeps, escalation: Escalation, bundle: Bundle): Promise<Performed> {
  if (escalation.level === 1) {
    await deps.db.tx((tx) => startMirrors(tx, deps, escalation.id))
    return {}
  }
  if (escalation.level === 2) return contactLead(deps, escalation, bundle)
  return page(deps, escalation, bundle)
}

/** Message and mail go at once, each by itself: one that is down does not hold up the other (R23). */
async function contactLead(deps: EscalateDeps, escalation: Escalation, bundle: Bundle): Promise<Performed> {
  const results = await Promise.all([
    messageLead(deps, escalation, bundle),
    mailLead(deps, escalation, bundle),
  ])
  const again = results.flatMap((r) => r.again ?? [])
  if (again.length > 0) return { again: again.join('; ') }
  const errors = results.flatMap((r) => r.error ?? [])
  const external = Object.assign({}, ...results.map((r) => r.external ?? {})) as Record<string, string>
  if (Object.keys(external).length > 0) {
    return { external: { ...external, ...(errors.length > 0 ? { failed: errors.join('; ') } : {}) } }
  }
  return { error: errors.join('; ') }
}

async function mailLead(deps: EscalateDeps, escalation: Escalation, bundle: Bundle): Promise<Performed> {
  if (!deps.mailer) return {}
  if (escalation.external.messageId) return { external: escalation.external }
  const by = await deps.displayName(escalation.actor.id)
  const mail = leadMail({ bundle, escalationId: escalation.id, to: deps.lead.email, by })
  const sent = await deps.mailer.send(mail)
  if (!sent.ok) return sent.retry ? { again: `mail: ${sent.reason}` } : { error: `mail: ${sent.reason}` }
  const external = { messageId: sent.messageId, mailedTo: deps.lead.email }
  await noteExternal(deps.db, escalation.id, external)
  return { external }
}

async function messageLead(deps: EscalateDeps, escalation: Escalation, bundle: Bundle): Promise<Performed> {
  if (!deps.lead.slackUser) return {}
  if (escalation.external.dmTs) return { external: escalation.external }
  const opened = await deps.delivery.openDm(deps.lead.slackUser)
  if (!opened.ok) return slackFailed('direct message', opened)
  const view = runView(bundle.run, undefined, deps.configured, [], [])
  const message = leadMessage(view, escalation, bundle.threadUrl)
  const about = { run: bundle.run.id, key: `lead:${escalation.id}` }
  const posted = await deps.delivery.post({ channel: opened.channel }, message, about)
  if (!posted.ok) return slackFailed('direct message', posted)
  const external = { dmChannel: opened.channel, dmTs: posted.ts, dmUser: deps.lead.slackUser }
  await noteExternal(deps.db, escalation.id, external)
  return { external }
}

const slackFailed = (what: string, failed: Extract<Posted, { ok: false }>): Performed => {
  const said = `${what}: ${failed.detail || failed.reason}`
  return failed.reason === 'unavailable' || failed.reason === 'rate-limited'
    ? { again: said }
    : { error: said }
}

async function page(deps: EscalateDeps, escalation: Escalation, bundle: Bundle): Promise<Performed> {
  if (!deps.pager) return { error: 'no pager is configured any more' }
  const group = deps.inventory.hosts.get(bundle.run.host)?.groups[0]
  const by = await deps.displayName(escalation.actor.id)
  const event = pageEvent({ bundle, problemKey: escalation.problemKey, by, ...(group ? { group } : {}) })
  const result = await deps.pager.trigger(event)
  if (result.outcome === 'accepted') return { external: { dedupKey: result.dedupKey } }
  return result.outcome === 'rejected' ? { error: result.reason } : { again: result.reason }
}

/** What every level carries of a run, from the store: the click, the job and its repetitions say the same. */
export async function bundleOf(deps: EscalateDeps, run: Run): Promise<Bundle> {
  const main = await messageOf(deps.db, run.id, 'main')
  const threadUrl = main?.ts ? await deps.delivery.permalink(run.channel, main.ts) : undefined
  const runbook = deps.runbooks.topics.get(run.topic)
  const probes = [...(runbook?.probes.values() ?? [])]
  return {
    run,
    report: run.report,
    failure: run.failure,
    records: shownRecords(runbook, await probesOf(deps.db, run.id)),
    guideSteps: new Map(probes.flatMap((p) => (p.guide ? [[p.id, p.guide] as const] : []))),
    askedBy: await deps.displayName(run.actor.id),
    ...(threadUrl ? { threadUrl } : {}),
  }
}

/** Checked at the click: what the message offered may not hold any more. */
function offerFor(deps: EscalateDeps, run: Run, level: Level): Offer {
  const production = deps.inventory.hosts.get(run.host)?.production ?? run.production
  return offerOf(level, { name: run.host, production }, deps.configured)
}
