import type { FakeSlack } from '../../playground/slack/fake-slack.ts'
import type { SeenMessage } from '../../playground/slack/user/screen.ts'
import { type FakePagerDuty, type PagerDutyOptions, startPagerDuty } from '../fakes/pagerduty.ts'
import { type FakeSmtp, startSmtp } from '../fakes/smtp.ts'
import { asText, openRig, type Rig } from './bot.ts'

const ROUTING_KEY = 'R0UT1NGKEY0000000000000000000000'
/** Of the webhook subscription. */
export const SECRET = 'webhook-secret-of-the-subscription'

/** host1 is in production, host2 in staging; both are this machine, on which something is wrong. */
export interface Scene {
  readonly rig: Rig
  readonly pager: FakePagerDuty
  readonly mail: FakeSmtp
  /** A run's message. */
  diagnose(host: string, topic?: string): Promise<string>
  click(ts: string, actionId: string, user?: string, channel?: string): ReturnType<Rig['fakeSlack']['click']>
  /** The message on the problem's escalations, once it says so. */
  escalation(ts: string, words: RegExp): Promise<{ readonly ts: string; readonly text: string }>
  /** A message of the thread that begins so, once it says so. */
  reply(ts: string, begins: RegExp, words: RegExp): Promise<{ readonly ts: string; readonly text: string }>
  says(ts: string, words: RegExp): Promise<string>
  direct(words: RegExp, user?: string): Promise<SeenMessage>
  close(): Promise<void>
}

export interface SceneOptions extends PagerDutyOptions {
  readonly mode: 'socket' | 'http'
  /** Rules of `escalation.acknowledgeWithin`. */
  readonly limit?: string
  /** More of debvisor.yml. */
  readonly config?: (fakeSlack: FakeSlack) => string
}

export async function openScene({ mode, limit = '', config, ...options }: SceneOptions): Promise<Scene> {
  const pager = await startPagerDuty({ routingKeys: [ROUTING_KEY], apiToken: 'api-token-1', ...options })
  const mail = await startSmtp()
  const rig = await openRig({
    mode,
    hosts: ['host1', 'host2', 'host3'],
    env: {
      PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
      PAGERDUTY_WEBHOOK_SECRET: SECRET,
      PAGERDUTY_API_TOKEN: 'api-token-1',
    },
    config: (fakeSlack) => `smtp: { url: '${mail.url}' }
pagerduty: { eventsUrl: '${pager.url}', apiUrl: '${pager.apiUrl}' }
escalation: { lead: { slackUser: ${fakeSlack.users.lead} }, acknowledgeWithin: [${limit}] }
${config?.(fakeSlack) ?? ''}`,
  })
  pager.incidents.subscribe(`${rig.bot.url}/pagerduty/webhook`, [SECRET])
  const { fakeSlack } = rig
  const find = async (read: () => Promise<SeenMessage | undefined>, words: RegExp, what: string) => {
    const seen = await fakeSlack.waitFor(
      async () => {
        const message = await read()
        return message && words.test(asText(message)) && message
      },
      { what: `${what} that says ${words}`, ms: 25_000 },
    )
    return seen as SeenMessage
  }
  const reply: Scene['reply'] = async (ts, begins, words) => {
    const read = async () => (await fakeSlack.replies('incidents', ts)).find((m) => begins.test(m.text))
    const message = await find(read, words, 'a reply')
    return { ts: message.ts, text: asText(message) }
  }
  return {
    rig,
    pager,
    mail,
    async diagnose(host, topic = 'db') {
      const before = (await fakeSlack.messages()).map((m) => m.ts)
      await fakeSlack.command(`diagnose ${topic} ${host}`)
      return (await rig.verdict({ after: before })).ts
    },
    click: (ts, actionId, user = 'ana', channel = 'incidents') =>
      fakeSlack.click({ channel, ts, actionId, user }),
    escalation: (ts, words) => reply(ts, /^Escalation of/, words),
    reply,
    says: async (ts, words) =>
      asText(await find(() => fakeSlack.message('incidents', ts), words, 'the message')),
    direct: (words, user = 'lead') =>
      find(
        async () => (await fakeSlack.dms(user)).find((m) => words.test(asText(m))),
        words,
        `a message to ${user}`,
      ),
    async close() {
      await rig.close()
      await mail.close()
      await pager.close()
    },
  }
}

/** The buttons of a message. */
export const labels = (text: string): string => /\[.*\]/.exec(text)?.[0] ?? ''
