import type { ModalView } from '@slack/types'
import { authorize } from '../access/authorize.ts'
import { startDeadline } from '../async/deadline.ts'
import type { Capabilities } from './capabilities.ts'
import type { Caller } from './guard.ts'

/**
 * Slack takes a form, and an acknowledgement, for 3 s after the click. The checks may take this long of it; the guard
 * asks everything afresh before the form is filled.
 */
const CHECKS_MS = 1_200

/** A form that is open, or one sentence on why none is. */
export type OpenedForm =
  | { readonly ok: true; readonly viewId: string }
  | { readonly ok: false; readonly sentence: string }

const NOT_OPENED = 'Slack did not open the form; click the button again.'
const NOT_IN_TIME = 'Slack did not say in time who you are, so the form did not open; click the button again.'

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
