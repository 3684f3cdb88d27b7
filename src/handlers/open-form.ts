import type { ModalView } from '@slack/types'
import { authorize } from '../access/authorize.ts'
import { startDeadline } from '../async/deadline.ts'
import type { Message } from '../slack/message.ts'
import { noticeMessage } from '../slack/messages/command-answers.ts'
import type { Capabilities } from './capabilities.ts'
import type { FormContent } from './form-result.ts'
import { type Caller, type EntryPoint, type GuardCapabilities, guard, type SlackRequest } from './guard.ts'

/**
 * Slack takes a form, and an acknowledgement, for 3 s after the click. The checks may take this long of it; the guard
 * asks everything afresh before the form is filled.
 */
const CHECKS_MS = 1_200

/** A form that is open, or one sentence on why none is. */
export type OpenedForm =
  | { readonly ok: true; readonly viewId: string }
  | { readonly ok: false; readonly sentence: string }

const NOT_OPENED = 'Slack did not open the form; try again.'
const NOT_IN_TIME = 'Slack did not say in time who you are, so the form did not open; try again.'

/** May the form open? What it shows depends on rights that are checked later; that there is one tells nothing. */
export async function checkBeforeOpening(
  { access, slack }: Pick<Capabilities, 'access' | 'slack'>,
  { user, team }: Pick<Caller, 'user' | 'team'>,
  replayed: Promise<boolean>,
): Promise<true | { readonly sentence: string }> {
  const who = slack.person(user)
  const [isReplay, person] = await Promise.all([within(replayed), within(who.then((known) => ({ known })))])
  if (isReplay) return { sentence: NOT_OPENED }
  // Where the store is late it is not known whether this is a replay. A trigger opens one form, so a replay opens none.
  if (!person) return { sentence: NOT_IN_TIME }
  const principal = { kind: 'user', id: user, team, person: person.known } as const
  const decision = authorize(access, { principal, action: 'ask' })
  return decision.allowed || { sentence: decision.reason }
}

/** Undefined: it did not come in time, or failed; whoever needs it hears of that. */
async function within<T>(work: Promise<T>): Promise<T | undefined> {
  const deadline = startDeadline(CHECKS_MS)
  const late = deadline.reached.then(() => undefined)
  try {
    return await Promise.race([work.catch(() => undefined), late])
  } finally {
    deadline.clear()
  }
}

export async function openForm(
  { slack }: Pick<Capabilities, 'slack'>,
  trigger: string,
  view: ModalView,
): Promise<OpenedForm> {
  const opened = await slack.delivery.openView(trigger, view)
  return opened.ok ? opened : { ok: false, sentence: NOT_OPENED }
}

/** Something that opens a form the moment that it is chosen, and has it filled afterwards. */
export interface OpensForm extends EntryPoint {
  loading(): ModalView
  /** In place of the form: what was said instead. */
  notice(answer: Message): ModalView
}

/** What became of opening it, as it was noted on the way. */
export const openedIn = (context: object): Promise<OpenedForm> =>
  (context as { opened?: Promise<OpenedForm> }).opened ?? Promise.resolve({ ok: false, sentence: NOT_OPENED })

/**
 * Fills a form that is open by now, or says why it stays empty. If it could not be opened, whoever clicked is told; where
 * Slack gave no way to tell them here, what they are to be told comes back.
 */
export async function fillOpened(
  bot: GuardCapabilities,
  entry: OpensForm,
  { caller, opened: opening }: { readonly caller: Caller; readonly opened: Promise<OpenedForm> },
  fill: (request: SlackRequest) => Promise<FormContent>,
): Promise<Message | undefined> {
  const opened = await opening
  let view: ModalView | undefined
  const answer = await guard(bot, entry, caller, async (request) => {
    if (!opened.ok) return noticeMessage(opened.sentence)
    const content = await fill(request)
    if (!content.ok) return noticeMessage(content.sentence)
    view = content.view
    return undefined
  })
  const { delivery } = bot.slack
  if (opened.ok) await delivery.updateView(opened.viewId, view ?? entry.notice(answer ?? noticeMessage('')))
  else if (answer && caller.responseUrl) await delivery.respond(caller.responseUrl, answer)
  else return answer
  return undefined
}
