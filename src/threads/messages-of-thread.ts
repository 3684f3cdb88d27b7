import type { Channel } from '../escalation/channels.ts'
import type { Escalation } from '../escalation/escalation.ts'
import type { ProbeRecord } from '../findings/probe-record.ts'
import { shownRecords } from '../runs/exposed-records.ts'
import type { Message, ThreadFile } from '../slack/message.ts'
import { fixMessage } from '../slack/messages/fix/fix-message.ts'
import { runningMessage } from '../slack/messages/run/progress-message.ts'
import type { RunView } from '../slack/messages/run/run-view.ts'
import {
  outputFile,
  type ThreadMessage,
  threadMessages,
  VERDICT_KEY,
  verdictReply,
} from '../slack/messages/run/thread-messages.ts'
import { verdictMessage } from '../slack/messages/run/verdict-message.ts'
import {
  type TicketView,
  ticketEventMessage,
  ticketFile,
  ticketMessage,
} from '../slack/messages/ticket/ticket-message.ts'
import { watchEndMessage, watchMessage } from '../slack/messages/watch/watch-message.ts'
import type { WatchView } from '../slack/messages/watch/watch-view.ts'
import { escalationMessages } from './escalation-messages.ts'
import { escalationView } from './views/escalation-view.ts'
import type { Thread } from './views/read-thread.ts'
import { runView, shownProbes } from './views/run-view.ts'

/**
 * A message or a file of the thread. Its key is the same whenever it is drawn, so it is posted once and updated when it
 * changes.
 */
export type ThreadItem =
  | { readonly key: string; readonly message: Message }
  | { readonly key: string; readonly file: ThreadFile }

/** The run's own message, which the thread hangs from. */
export function mainMessage(thread: Thread, reachable: readonly Channel[]): Message {
  const view = viewOf(thread, reachable)
  return thread.run.endedAt ? verdictMessage(view) : runningMessage(view)
}

/** What stands below the run's message once it has ended, in the order in which it is posted. */
export function messagesBelow(thread: Thread, reachable: readonly Channel[]): readonly ThreadItem[] {
  const { run, runbook, records, fixes, tickets } = thread
  if (!run.endedAt) return []
  const view = viewOf(thread, reachable)
  const shown = shownRecords(runbook, records)
  return [
    ...evidence(thread, view, shown).map((message) => ({ key: message.key, message })),
    ...fixes.asked.map((fix) => ({ key: `fix:${fix.fix.id}`, message: fixMessage(fix) })),
    // What a cancelled run had seen by then says nothing of the host.
    ...(records.length > 0 && run.state !== 'cancelled' ? [fileOf(outputFile(view, shown))] : []),
    ...tickets.flatMap(ticketMessages),
    ...escalationMessages(view, thread),
    ...thread.watches.flatMap(watchMessages),
  ]
}

function viewOf(thread: Thread, reachable: readonly Channel[]): RunView {
  const {
    run,
    runbook,
    records,
    escalations,
    around,
    otherThreads,
    fixes,
    solved,
    solvedBefore,
    watchers,
    alerts,
  } = thread
  const probes = shownProbes(runbook, new Map(records.map((r) => [r.id, r])), new Set())
  const viewsOf = (those: readonly Escalation[]) =>
    those.map((escalation) => escalationView(escalation, { otherThreads }))
  return {
    ...runView(run, reachable, { runbook, probes }),
    before: thread.before,
    watchers: watchers.map(({ user }) => user),
    watches: thread.watches,
    alerts,
    escalations: viewsOf(escalations),
    around: viewsOf(around),
    fixes,
    solved,
    solvedBefore,
  }
}

/** A fix's own look afterwards, in the thread that has said already what was looked at, shows only what is still wrong. */
function evidence(thread: Thread, view: RunView, records: readonly ProbeRecord[]): readonly ThreadMessage[] {
  // What was posted says what each command printed, and is not drawn again without that.
  if (thread.outputsGone && isEvidencePosted(thread)) return []
  const isRepaired = view.run.afterFix && view.run.report?.verdict === 'healthy'
  const messages = isRepaired ? verdictReply(view) : threadMessages(view, records)
  return messages.filter(({ key }) => key !== VERDICT_KEY || isCallDue(thread))
}

const isEvidencePosted = ({ posted }: Pick<Thread, 'posted'>): boolean =>
  [...posted.keys()].some((key) => key.startsWith('thread:'))

/** Not where another reply of the run has called already: a version before had more to say of a healthy host. */
const isCallDue = ({ callsAsker, posted }: Thread): boolean =>
  callsAsker && (posted.has(VERDICT_KEY) || !isEvidencePosted({ posted }))

/**
 * The ticket as it stands, its file, and a message of its own for what somebody should hear of: a comment, a person who
 * was given it.
 */
function ticketMessages(view: TicketView): readonly ThreadItem[] {
  const { ticket, events } = view
  return [
    { key: `ticket:${ticket.id}`, message: ticketMessage(view) },
    fileOf(ticketFile(ticket)),
    ...events.flatMap((event) => {
      const message = ticketEventMessage(ticket, event)
      return message ? [{ key: `ticket:${ticket.id}:event:${event.position}`, message }] : []
    }),
  ]
}

/** How it stands, and at the end a message of its own, which notifies whoever asked. */
function watchMessages(view: WatchView): readonly ThreadItem[] {
  const key = `watch:${view.watch.id}`
  const end = watchEndMessage(view)
  return [{ key, message: watchMessage(view) }, ...(end ? [{ key: `${key}:end`, message: end }] : [])]
}

const fileOf = (file: ThreadFile): ThreadItem => ({ key: file.key, file })
