import type { Logger } from 'pino'
import { requireSlack } from '../../config/slack.ts'
import type { Bot } from '../../main.ts'
import type { Reloaded } from '../../reload/control-socket.ts'
import type { ReadSetUp, SetUp } from '../set-up.ts'

/**
 * Reads everything anew and lets the bot go by it; never throws. With one mistake in it, all stays as it was: each is told
 * as `debvisor validate` tells it, in the log and to whoever asked.
 */
export async function reloadBot(
  bot: Bot | undefined,
  read: () => ReadSetUp,
  {
    log,
    text,
  }: { readonly log: Pick<Logger, 'info' | 'warn' | 'error'>; readonly text: (text: string) => string },
): Promise<Reloaded> {
  try {
    if (!bot) {
      log.warn({}, 'nothing was reloaded: the bot is still starting')
      return { ok: false, lines: ['The bot is still starting: ask again in a moment.'] }
    }
    const next = read()
    const mistakes = next.ok ? slackMistakes(next) : next.sentences
    if (!next.ok || mistakes.length > 0) {
      for (const mistake of mistakes) log.error({ mistake }, 'nothing was reloaded')
      return { ok: false, lines: mistakes.map(text) }
    }
    const { changed, kept } = await bot.reload(next)
    log.info({ changed, kept, hosts: next.inventory.hosts.size }, 'reloaded')
    if (kept.length > 0) log.warn({ kept }, 'what needs a restart has changed, and stays as it was')
    return { ok: true, lines: linesOf(next, changed, kept) }
  } catch (error) {
    log.error({ err: error }, 'nothing was reloaded')
    return { ok: false, lines: [text(error instanceof Error ? error.message : String(error))] }
  }
}

/** A token that is gone would keep the next start from working. */
function slackMistakes({ config }: SetUp): readonly string[] {
  const slack = requireSlack(config)
  return slack.ok ? [] : [slack.problem]
}

function linesOf(
  { inventory: { hosts }, runbooks: { topics }, policy }: SetUp,
  changed: readonly string[],
  kept: readonly string[],
): readonly string[] {
  const rules = policy ? `an access policy of ${policy.rules.length} rules` : 'no access policy'
  return [
    `Reloaded: ${hosts.size} hosts, ${topics.size} topics, ${rules}.`,
    ...(changed.length > 0 ? [`Changed in the configuration: ${changed.join(', ')}.`] : []),
    ...kept.map((key) => `${key} has changed, which needs a restart: it stays as it was.`),
  ]
}
