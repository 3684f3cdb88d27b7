import type { App, GlobalShortcut, MessageShortcut } from '@slack/bolt'
import type { PlainTextOption } from '@slack/types'
import { HOST_MENU, readOrigin } from '../../slack/messages/diagnose-form.ts'
import type { Capabilities } from '../capabilities.ts'
import { type Caller, guard } from '../guard.ts'
import { fillOpened, openedIn } from '../open-form.ts'
import { hostMenuEntry, shortcuts } from '../routes.ts'
import type { AskedFrom } from './fill-diagnose-form.ts'
import { suggestHosts } from './suggest-hosts.ts'

/** Slack's shortcuts, and the menu of the form that they open. */
export function onShortcuts(app: App, bot: Capabilities): void {
  app.shortcut('diagnose_host', ({ shortcut, context }) => fill(bot, shortcut, context))
  app.shortcut('diagnose_from_message', ({ shortcut, context }) => fill(bot, shortcut, context))
  app.options(HOST_MENU, async ({ body, ack }) => {
    const { user, team, view, value } = body
    const caller: Caller = {
      ...nowhere,
      team: team?.id ?? user.team_id ?? '',
      user: user.id,
      trigger: view?.id ?? '',
      text: value,
    }
    let options: PlainTextOption[] = []
    await guard(bot, hostMenuEntry, caller, async (request) => {
      options = await suggestHosts(bot, request, value, readOrigin(view?.private_metadata ?? '').found)
      return undefined
    })
    await ack({ options })
  })
}

const nowhere = { channel: '', responseUrl: null, text: '' } as const

async function fill(
  bot: Capabilities,
  shortcut: GlobalShortcut | MessageShortcut,
  context: object,
): Promise<void> {
  const entry = shortcuts.find(({ name }) => name === shortcut.callback_id)
  if (!entry) return
  const asked = askedFrom(shortcut)
  const caller: Caller = {
    ...nowhere,
    team: shortcut.team?.id ?? shortcut.user.team_id ?? '',
    user: shortcut.user.id,
    channel: asked.channel ?? '',
    thread: asked.thread,
    responseUrl: shortcut.type === 'message_action' ? shortcut.response_url : null,
    trigger: shortcut.trigger_id,
  }
  await fillOpened(bot, entry, { caller, opened: openedIn(context) }, (request) =>
    entry.fill(bot, request, asked),
  )
}

/** Of a message: its channel, and its thread or the one that begins below it. */
function askedFrom(shortcut: GlobalShortcut | MessageShortcut): AskedFrom {
  if (shortcut.type === 'shortcut') return {}
  const { channel, message, message_ts: ts } = shortcut
  const thread: unknown = message.thread_ts
  return { channel: channel.id, thread: typeof thread === 'string' ? thread : ts, message }
}
