import { askEscalation, type EscalateDeps, offerFor } from '../jobs/escalate.ts'
import { noticeMessage } from '../slack/blocks/answers.ts'
import { overrideForm, readOverride } from '../slack/blocks/ladder-forms.ts'
import type { Submitted } from '../slack/blocks/ticket-forms.ts'
import type { Message } from '../slack/message.ts'
import type { Run } from '../store/run.ts'
import type { Ask } from './door.ts'
import type { Filed } from './filed.ts'
import { runOf } from './run-of.ts'

const GONE = 'This run is gone, or not of this workspace: nothing was done.'

/** Level 3 for a host outside production: a form explains, offers Level 2, and takes a reason. */
export async function openOverride(
  deps: EscalateDeps,
  ask: Ask,
  run: Run,
  sentence: string,
): Promise<Message | undefined> {
  const opened = await deps.delivery.openView(
    ask.trigger,
    overrideForm(run.id, sentence, offerFor(deps, run, 2).state === 'ready'),
  )
  return opened.ok ? undefined : noticeMessage(sentence)
}

export async function saveOverride(deps: EscalateDeps, ask: Ask, view: Submitted): Promise<Filed> {
  const filed = readOverride(view)
  if (filed.what === 'mistake') return { ok: false, block: filed.block, sentence: filed.sentence }
  const refuse = (sentence: string): Filed => ({ ok: false, sentence })
  const run = await runOf(deps.db, { ...ask, text: filed.runId })
  const [action, level, reason] =
    filed.what === 'page' ? (['page', 3, filed.reason] as const) : (['escalate', 2, null] as const)
  if (!run) {
    await ask.refuse(action, {}, GONE)
    return refuse(GONE)
  }
  const permit = await ask.permit(action, { host: run.host, topic: run.topic })
  if (!permit.allowed) return refuse(permit.reason)
  const asked = await askEscalation(
    deps,
    run,
    level,
    ask.user,
    permit.audit,
    reason && deps.clean.text(reason),
  )
  return asked.ok ? { ok: true } : refuse(asked.sentence)
}
