import type { Rung } from '../escalation/move-escalation.ts'
import { sendingsOf } from '../escalation/outbox/outbox-store.ts'
import { threadUrl } from '../runs/load-bundle.ts'
import type { Run } from '../runs/run.ts'
import { overdueMessage, unreachedMessage } from '../slack/messages/escalation/alarms.ts'
import { type LadderView, ladderMessage } from '../slack/messages/escalation/escalation-message.ts'
import { leadMessage } from '../slack/messages/escalation/lead-message.ts'
import type { RunView } from '../slack/messages/run/run-view.ts'
import { messagesOf } from '../store/posted-messages.ts'
import type { ShowDeps } from './dependencies.ts'
import { ladderView, leadView, rungView } from './escalation-view.ts'
import type { Places } from './other-threads.ts'
import { postDirect, postKeyed } from './post.ts'

/** The ladder in the run's thread, once somebody above the ticket was asked; the alarm when the lead let the time pass; the lead's own messages. `shownAbove`: the thread has this ladder already. */
export async function showLadder(
  deps: ShowDeps,
  view: RunView,
  thread: string,
  rungs: readonly Rung[],
  { shownAbove, places }: { readonly shownAbove: boolean; readonly places: Places },
): Promise<void> {
  if (!rungs.some(({ level }) => level > 1)) return
  const { run } = view
  const sendings = await sendingsOf(
    deps.db,
    rungs.map(({ id }) => id),
  )
  const ladder = ladderView(view, rungs, sendings, places)
  if (!shownAbove) await postKeyed(deps, run, thread, 'ladder', ladderMessage(ladder))
  await showAlarms(
    deps,
    ladder,
    thread,
    rungs.filter(({ runId }) => runId === run.id),
  )
  await showLeads(
    deps,
    run,
    rungs.filter(({ level, runId }) => level === 2 && runId === run.id),
  )
}

/** Of those that others have followed too: their buttons go. */
async function showAlarms(
  deps: ShowDeps,
  ladder: LadderView,
  thread: string,
  rungs: readonly Rung[],
): Promise<void> {
  const { run } = ladder.run
  for (const rung of rungs) {
    const view = rungView(rung, run)
    // Who was asked a second time may let it pass a second time: that notifies, too.
    const overdue = rung.level === 2 ? overdueMessage(ladder, view) : null
    if (overdue)
      await postKeyed(deps, run, thread, `overdue:${rung.id}:${rung.overdueAt?.getTime()}`, overdue)
    const unreached = unreachedMessage(ladder, view)
    if (unreached) await postKeyed(deps, run, thread, `unreached:${rung.id}`, unreached)
  }
}

/** Whoever was written to sees what became of it. */
async function showLeads(deps: ShowDeps, run: Run, contacts: readonly Rung[]): Promise<void> {
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
