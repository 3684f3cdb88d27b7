import type { Escalation } from '../escalation/escalation.ts'
import { escalationsOfRun, getEscalation } from '../escalation/escalation-store.ts'
import type { Brought } from '../escalation/outbox/direct-message-channel.ts'
import { threadUrl } from '../runs/load-bundle.ts'
import type { Run } from '../runs/run.ts'
import { type LeadView, leadMessage } from '../slack/messages/escalation/lead-message.ts'
import type { RunView } from '../slack/messages/run/run-view.ts'
import { messagesOf } from '../store/posted-messages.ts'
import { redrawOf, withPostLock } from './post-lock.ts'
import { SlackFailed } from './slack-failed.ts'
import type { ThreadDrawer } from './thread-drawer.ts'
import { escalationView } from './views/escalation-view.ts'
import { runView } from './views/run-view.ts'
import { readSolved } from './views/solved.ts'
import { writeMessage } from './write-message.ts'

/** One message to one person. It has a lock of its own: nobody is written to later because a thread is being drawn. */
interface DirectMessage {
  readonly run: Run
  readonly escalationId: string
  readonly user: string
  readonly channel: string
  readonly key: string
  readonly threadUrl: string | undefined
  /** It may stand there more than once. */
  readonly lookForCopies?: boolean
}

const GONE = { ok: false, reason: 'refused', detail: 'the escalation is gone' } as const

/** Posts it, or updates it where its content changed. */
export async function drawDirectMessage(drawer: ThreadDrawer, about: DirectMessage): Promise<Brought> {
  const { run, channel, key, lookForCopies = false } = about
  const locked = { runId: run.id, key, channel, redraw: redrawOf(run.id), lookForCopies }
  const written = await withPostLock(drawer.store, locked, async (lock) => {
    const newest = await getEscalation(drawer.store, about.escalationId)
    if (!newest) return GONE
    const solved = await readSolved(drawer.store, run)
    const shown = { ...runView(run, drawer.reachable), solved }
    const target = {
      runId: run.id,
      key,
      since: run.createdAt,
      to: { channel },
      row: lock.row,
      inDoubt: lock.lostBefore || lookForCopies,
      lookForCopies,
      lock,
    }
    return writeMessage(drawer, target, leadMessage(leadView(about, newest, shown)))
  })
  return written.ok ? { ...written, channel } : written
}

const leadView = ({ user, threadUrl }: DirectMessage, escalation: Escalation, run: RunView): LeadView => ({
  run,
  escalation: escalationView(escalation),
  to: user,
  threadUrl,
})

/** Whoever was written to sees what became of it. */
export async function drawDirectMessages(
  drawer: ThreadDrawer,
  run: Run,
  { lookForCopies = false }: { readonly lookForCopies?: boolean } = {},
): Promise<void> {
  const contacts = (await escalationsOfRun(drawer.store, run.id)).filter(({ level }) => level === 2)
  if (contacts.length === 0) return
  const messages = await messagesOf(drawer.store, run.id)
  const url = await threadUrl(drawer, run)
  for (const { id: escalationId } of contacts) {
    const prefix = `lead:${escalationId}:`
    for (const { key, channel, ts } of messages.filter((message) => message.key.startsWith(prefix))) {
      if (!ts) continue
      const [user = ''] = key.slice(prefix.length).split(':')
      const drawn = await drawDirectMessage(drawer, {
        run,
        escalationId,
        user,
        channel,
        key,
        threadUrl: url,
        lookForCopies,
      })
      if (!drawn.ok) throw new SlackFailed(drawn)
    }
  }
}
