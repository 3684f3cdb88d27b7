import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { type FakeSlack, type FakeSlackOptions, startFakeSlack } from '../../playground/slack/fake-slack.ts'
import type { Message } from '../../playground/slack/state/messages.ts'
import { type DemoHosts, openDemoHosts } from '../../playground/ssh/demo-hosts.ts'
import { reloadBot } from '../../src/cli/serve/reload-bot.ts'
import { setUp } from '../../src/cli/set-up.ts'
import { requireSlack } from '../../src/config/slack.ts'
import { type Bot, startBot } from '../../src/main.ts'
import { makeLogger } from '../../src/redact/logger.ts'
import type { Reloaded } from '../../src/reload/control-socket.ts'
import { toPlain } from '../../src/slack/transport/plain-text.ts'
import { fastClock } from '../fakes/clock.ts'
import { openDatabase } from '../fakes/postgres/shared-server.ts'
import { prepareEmbedded, type StoreKind, storeKinds } from '../fakes/stores.ts'
import { problemsOf } from './posted.ts'

/** Slack's pace of a message a second would be most of what a test waits for; that the bot keeps it is shown in test/slack. */
const PACE = 10

/** A look by one of the shipped topics takes three seconds of the processor: for tests of what a look leads to, which is the same for each topic. */
const smallTopics = fileURLToPath(new URL('small-topics', import.meta.url))

/** Of progress, with some allowance for a busy machine. */
const spacingOf = (pace: number): number => (3_000 / pace) * 0.9

/** The real bot over real sockets: the emulator behind the fake Slack, an SSH server on loopback, a store. */
export interface Rig {
  readonly fakeSlack: FakeSlack
  readonly demoHosts: DemoHosts
  readonly bot: Bot
  /** What the bot logged, a JSON line each. */
  readonly log: readonly string[]
  /** The run's message when it has ended; `after`: not one of these. */
  verdict(options?: { channel?: string; after?: readonly string[] }): Promise<Message>
  /** All of a thread, as a person reads it. */
  thread(ts: string, channel?: string): Promise<string>
  /** Stops the bot and starts it again, as an operator does after a change: what the folder holds is read anew. */
  restart(): Promise<void>
  /** The bot reads anew what the folder holds, and goes on. */
  reload(): Promise<Reloaded>
  close(): Promise<void>
}

export interface RigOptions extends FakeSlackOptions {
  readonly config?: (fakeSlack: FakeSlack) => string
  readonly env?: Readonly<Record<string, string>>
  readonly hosts?: readonly string[]
  /** Without it: PostgreSQL where it runs, whose tests take half the processor's time. */
  readonly store?: StoreKind
  /** One that the test itself opens and ends. */
  readonly databaseUrl?: string | undefined
  readonly fixes?: boolean
  /** How many times as fast as life Slack's pace is kept. */
  readonly pace?: number
  readonly variables?: readonly string[]
  /** `db` and `service` as they ship, and the other topics; without it, small ones of these names. */
  readonly shippedTopics?: boolean
  /** Before the bot reads what is in the demo hosts' folder. */
  readonly prepare?: (demoHosts: DemoHosts, fakeSlack: FakeSlack) => void | Promise<void>
}

export async function openRig(options: RigOptions = {}): Promise<Rig> {
  const { mode = 'socket', hosts = ['host1', 'host2'], store = storeKinds[0], pace = PACE } = options
  const database = options.databaseUrl || store === 'embedded' ? undefined : await openDatabase()
  const databaseUrl = options.databaseUrl ?? database?.url
  const fakeSlack = await startFakeSlack(options)
  const demoHosts = await openDemoHosts({
    hosts,
    fixes: options.fixes ?? false,
    variables: options.variables ?? [],
    config: `slack: { mode: ${mode}, apiUrl: '${fakeSlack.apiUrl}' }\n${options.config?.(fakeSlack) ?? ''}`,
  })
  await options.prepare?.(demoHosts, fakeSlack)
  const env = {
    SLACK_BOT_TOKEN: fakeSlack.botToken,
    SLACK_APP_TOKEN: fakeSlack.appToken,
    SLACK_SIGNING_SECRET: fakeSlack.signingSecret,
    ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
    ...options.env,
  }
  const log: string[] = []
  const slackClock = fastClock(pace)
  const read = () =>
    setUp(env, { config: demoHosts.config }, options.shippedTopics ? {} : { shipped: smallTopics })
  let logger: Logger
  let text = (words: string): string => words
  const start = async (): Promise<Bot> => {
    const ready = read()
    if (!ready.ok) throw new Error(ready.sentences.join('\n'))
    const slack = requireSlack(ready.config)
    if (!slack.ok) throw new Error(slack.problem)
    const { folder } = ready.config.store
    if (!databaseUrl && !existsSync(folder)) await prepareEmbedded(folder)
    text = ready.redactor.text
    logger = makeLogger('debug', ready.redactor.text, { write: (line) => void log.push(line) })
    const started = await startBot({ ...ready, slack: slack.slack, log: logger, slackClock })
    if (mode === 'http') fakeSlack.deliverTo(`${started.url}/slack/events`)
    return started
  }
  const restarts: number[] = []
  let bot = await start()
  return {
    fakeSlack,
    demoHosts,
    get bot() {
      return bot
    },
    restart: async () => {
      await bot.stop(2_000)
      restarts.push(Date.now())
      bot = await start()
      if (mode === 'socket')
        await fakeSlack.waitFor(() => fakeSlack.connections() === 1, { what: 'the bot back on its socket' })
    },
    reload: () => reloadBot(bot, read, { log: logger, text }),
    log,
    verdict: ({ channel = 'incidents', after = [] } = {}) =>
      fakeSlack.waitFor(
        async () => (await fakeSlack.messages(channel)).find((m) => isEnded(m) && !after.includes(m.ts)),
        { what: `a verdict in #${channel}`, ms: 60_000 },
      ),
    thread: async (ts, channel = 'incidents') =>
      (await fakeSlack.replies(channel, ts)).map((m) => toPlain(m as never)).join('\n'),
    close: async () => {
      await bot.stop(2_000)
      await fakeSlack.close()
      await demoHosts.close()
      await database?.stop()
      const problems = problemsOf(fakeSlack, { hosts, spacingMs: spacingOf(pace), restarts })
      if (problems.length > 0) throw new Error(`what was posted:\n${problems.join('\n')}`)
    },
  }
}

const isEnded = (message: Message): boolean => /^(🔴|🟠|🟢|🟡|⚫|☑️)/u.test(message.text)

export const asText = (message: Message | undefined): string => (message ? toPlain(message as never) : '')

/** The codes of the runs that a piece of work started, as the store has them when it is done. */
export async function runsStartedBy(
  { fakeSlack }: Pick<Rig, 'fakeSlack'>,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const listed = async () => {
    const { private: answer } = await fakeSlack.command('status')
    return asText(answer as never).match(/(?<=\brun )[0-9A-Z]{4}(?=,)/g) ?? []
  }
  const before = new Set(await listed())
  await work()
  return (await listed()).filter((code) => !before.has(code))
}

/** A folder for one test file. */
export function tempFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'debvisor-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
