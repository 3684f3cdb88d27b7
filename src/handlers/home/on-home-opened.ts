import type { App } from '@slack/bolt'
import type { Capabilities } from '../capabilities.ts'
import type { Caller } from '../guard.ts'
import { suggestPrompts } from '../panel/suggest-prompts.ts'
import { drawHome } from './draw-home.ts'

/** Of Slack's app_home_opened, what is read: docs.slack.dev/reference/events/app_home_opened. */
interface OpenedEvent {
  readonly user: string
  /** The direct messages with the bot. */
  readonly channel: string
  readonly tab?: 'home' | 'messages'
  /** The tab as it was, where it was drawn before. */
  readonly view?: { readonly team_id?: string }
}

/**
 * Bolt acknowledges the event before this, and one that is lost with a process is nobody's loss: whoever opens the tab
 * again has it. Delivered twice, it is drawn twice. Where the panel opens, Slack calls it the tab of messages.
 */
export function onHomeOpened(app: App, bot: Capabilities): void {
  app.event('app_home_opened', async ({ event, body }) => {
    const { user, channel, tab, view } = event as OpenedEvent
    const team = [body.team_id, view?.team_id].find((each) => each && each !== bot.access.homeTeam)
    const caller: Caller = {
      team: team ?? bot.access.homeTeam,
      user,
      channel,
      responseUrl: null,
      trigger: body.event_id,
      opensForms: false,
      text: '',
    }
    await (tab === 'messages' ? suggestPrompts(bot, caller) : drawHome(bot, caller))
  })
}
