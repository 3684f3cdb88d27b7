import { requireSlack } from '../config/slack.ts'
import { startBot } from '../main.ts'
import { makeLogger } from '../redact/logger.ts'
import { refuse } from './output/refusals.ts'
import { exitCodes, type Terminal } from './output/terminal.ts'
import type { Options } from './read-hosts.ts'
import { setUp } from './set-up.ts'
import { version } from './version.ts'

/** Runs until SIGTERM or SIGINT: then it takes no more requests, lets what is under way end, and leaves. */
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
  try {
    const bot = await startBot({ ...ready, slack: slack.slack, log, version: version() })
    const signal = await new Promise<string>((resolve) => {
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name))
    })
    log.info({ signal }, 'stopping')
    await bot.stop()
    return exitCodes.healthy
  } catch (error) {
    return refuse(term, [ready.redactor.text(error instanceof Error ? error.message : String(error))])
  }
}
