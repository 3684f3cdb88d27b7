import type { HomeView } from '@slack/types'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import { formAnswer } from '../../slack/messages/empty-form.ts'
import { homeTab, sentenceTab } from '../../slack/messages/home/home.ts'
import { type Caller, type EntryPoint, type GuardCapabilities, guard } from '../guard.ts'
import { homeEntry, redrawnHomeEntry } from '../routes.ts'
import { type HomeCapabilities, readHome } from './read-home.ts'

export type DrawCapabilities = HomeCapabilities & GuardCapabilities

/** Draws the Home tab of whoever opened it, by their rights. Who may not read gets the reason, and nothing of any host. */
export const drawHome = (bot: DrawCapabilities, caller: Caller): Promise<void> => draw(bot, homeEntry, caller)

const TITLE = 'DebVisor'

/**
 * After a click on the tab: its answer in a form of its own, or, where Slack opens none any more, at the top of the tab;
 * and the tab as things are now.
 */
export async function answerOnHome(
  bot: DrawCapabilities,
  caller: Caller,
  answer: Message | undefined,
): Promise<void> {
  const opened = answer && (await bot.slack.delivery.openView(caller.trigger, formAnswer(TITLE, answer)))
  await draw(bot, redrawnHomeEntry, caller, opened?.ok ? undefined : answer)
}

async function draw(
  bot: DrawCapabilities,
  entry: EntryPoint,
  caller: Caller,
  notice?: Message,
): Promise<void> {
  let view: HomeView | undefined
  const refused = await guard(bot, entry, caller, async (request) => {
    view = homeTab(await readHome(bot, request), notice)
    return undefined
  })
  const sent = await bot.slack.delivery.publishHome(
    caller.user,
    view ?? sentenceTab(refused ?? noticeMessage('')),
  )
  if (!sent.ok) bot.log.warn({ user: caller.user, detail: sent.detail }, 'Slack did not take a Home tab')
}
