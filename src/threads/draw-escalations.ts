import type { Escalation } from '../escalation/escalation.ts'
import { entriesOf } from '../escalation/outbox/outbox-store.ts'
import { threadUrl } from '../runs/load-bundle.ts'
import type { Run } from '../runs/run.ts'
import { overdueMessage, unreachedMessage } from '../slack/messages/escalation/alarms.ts'
import { type EscalationsView, escalationMessage } from '../slack/messages/escalation/escalation-message.ts'
import { type LeadView, leadMessage } from '../slack/messages/escalation/lead-message.ts'
import type { RunView } from '../slack/messages/run/run-view.ts'
import { messagesOf } from '../store/posted-messages.ts'
import type { ShowDeps } from './dependencies.ts'
import { escalationsView, escalationView } from './escalation-view.ts'
import type { Places } from './other-threads.ts'
import { postDirect, postKeyed } from './post.ts'
import { runView } from './run-view.ts'

/**
 * In the run's thread, once somebody above the ticket was asked: how each level stands, the alarm when the lead let the time pass, and the lead's own
 * messages. `shownAbove`: the thread has these levels already.
 */
export async function showEscalations(
  deps: ShowDeps,
  view: RunView,
  thread: string,
  escalations: readonly Escalation[],
  { shownAbove, places }: { readonly shownAbove: boolean; readonly places: Places },
): Promise<void> {
  if (!escalations.some(({ level }) => level > 1)) return
  const { run } = view
  const entries = await entriesOf(
    deps.db,
    escalations.map(({ id }) => id),
  )
  const levels = escalationsView(view, escalations, entries, places)
  // The key is that of messages that were posted before.
  if (!shownAbove) await postKeyed(deps, run, thread, 'ladder', escalationMessage(levels))
  await showAlarms(
    deps,
    levels,
    thread,
    escalations.filter(({ runId }) => runId === run.id),
  )
  await showLeads(
    deps,
    run,
    escalations.filter(({ level, runId }) => level === 2 && runId === run.id),
  )
}

/** Of those that others have followed too: their buttons go. */
async function showAlarms(
  deps: ShowDeps,
  levels: EscalationsView,
  thread: string,
  escalations: readonly Escalation[],
): Promise<void> {
  const { run } = levels.run
  for (const escalation of escalations) {
    const view = escalationView(escalation)
    // Who was asked a second time may let it pass a second time: that notifies, too.
    const overdue = escalation.level === 2 ? overdueMessage(levels, view) : null
    if (overdue)
      await postKeyed(
        deps,
        run,
        thread,
        `overdue:${escalation.id}:${escalation.overdueAt?.getTime()}`,
        overdue,
      )
    const unreached = unreachedMessage(levels, view)
    if (unreached) await postKeyed(deps, run, thread, `unreached:${escalation.id}`, unreached)
  }
}

/** Whoever was written to sees what became of it. */
async function showLeads(deps: ShowDeps, run: Run, contacts: readonly Escalation[]): Promise<void> {
  if (contacts.length === 0) return
  const messages = await messagesOf(deps.db, run.id)
  const url = await threadUrl(deps, run)
  for (const contact of contacts) {
    const prefix = `lead:${contact.id}:`
    for (const { key, channel, ts } of messages.filter((m) => m.key.startsWith(prefix))) {
      const [to = ''] = key.slice(prefix.length).split(':')
      if (ts) await postDirect(deps, run, channel, key, leadMessage(leadView(deps, run, contact, to, url)))
    }
  }
}

export const leadView = (
  deps: Pick<ShowDeps, 'reachable'>,
  run: Run,
  escalation: Escalation,
  to: string,
  threadUrl: string | undefined,
): LeadView => ({
  run: runView(run, undefined, deps.reachable, [], []),
  escalation: escalationView(escalation),
  to,
  threadUrl,
})
