import { requireSlack } from '../../config/slack.ts'
import { type Bot, startBot } from '../../main.ts'
import { makeLogger } from '../../redact/logger.ts'
import { openControl, type Reloaded } from '../../reload/control-socket.ts'
import { refuse } from '../output/refusals.ts'
import { exitCodes, type Terminal } from '../output/terminal.ts'
import type { Options } from '../read-hosts.ts'
import { setUp } from '../set-up.ts'
import { version } from '../version.ts'
import { reloadBot } from './reload-bot.ts'

/**
 * Runs until SIGTERM or SIGINT: then it takes no more requests, lets what is under way end, and leaves. SIGHUP reloads;
 * where it was started from a terminal, that signal says that the terminal is gone, and ends it too.
 */
export async function serveCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  options: Pick<Options, 'config'>,
): Promise<number> {
  const ready = setUp(env, options)
  if (!ready.ok) return refuse(term, ready.sentences)
  const slack = requireSlack(ready.config)
  if (!slack.ok) return refuse(term, [slack.problem])
  const log = makeLogger(ready.config.log.level, ready.redactor.text)
  // A promise that a library leaves rejected must not stop the bot. It is logged, and the parts that matter watch
  // themselves.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was left alone'))
  let bot: Bot | undefined
  let last: Promise<unknown> = Promise.resolve()
  /** One after the other, so that the last one asked for is the one that counts. */
  const reload = (): Promise<Reloaded> => {
    const next = last.then(() =>
      reloadBot(bot, () => setUp(env, options), { log, text: ready.redactor.text }),
    )
    last = next
    return next
  }
  const isReloadSignal = !process.stdin.isTTY
  if (isReloadSignal) process.on('SIGHUP', reload)
  try {
    bot = await startBot({ ...ready, slack: slack.slack, log, version: version() })
    const control = await openControl(ready.config.store.folder, reload).catch((error: unknown) =>
      log.warn({ err: error }, '`debvisor reload` cannot ask this bot; SIGHUP does the same'),
    )
    const endings = ['SIGTERM', 'SIGINT', ...(isReloadSignal ? [] : ['SIGHUP'])] as NodeJS.Signals[]
    const signal = await new Promise<string>((resolve) => {
      for (const name of endings) process.once(name, () => resolve(name))
    })
    log.info({ signal }, 'stopping')
    control?.close()
    await last
    await bot.stop()
    return exitCodes.healthy
  } catch (error) {
    return refuse(term, [ready.redactor.text(error instanceof Error ? error.message : String(error))])
  } finally {
    process.off('SIGHUP', reload)
  }
}
