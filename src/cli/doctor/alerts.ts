import { authorize } from '../../access/authorize.ts'
import type { Policy } from '../../access/policy.ts'
import type { Config } from '../../config/config.ts'
import { makeClient, SLACK_API } from '../../slack/transport/client.ts'
import { readError } from '../../slack/transport/slack-failure.ts'
import type { Check } from './check.ts'

const ways = {
  bearer: 'a bearer token',
  basic: 'a login and password',
  signature: 'a signature',
  pagerduty: "PagerDuty's signature",
} as const

/**
 * Of each sender of alerts: where it posts, with what it proves itself, what it may, and whether its channel can be
 * written to.
 */
export async function checkAlerts(
  { alerts, http, slack }: Config,
  policy: Policy | undefined,
): Promise<readonly Check[]> {
  if (alerts.length === 0)
    return [
      { what: 'alerts', state: 'off', said: 'no sender is configured: nothing is looked into by itself' },
    ]
  const at = http.publicUrl ?? `http://${http.host}:${http.port}`
  const checks = alerts.map(async ({ name, kind, channel, proof }): Promise<Check> => {
    const what = `alerts of ${name}`
    const access = { homeTeam: '', policy }
    const decision = authorize(access, { principal: { kind: 'alerts', source: name }, action: 'diagnose' })
    if (!decision.allowed) {
      const remedy = `add a rule to ${policy?.file}: { effect: allow, alerts: [${name}], actions: [diagnose] }`
      return { what, state: 'bad', said: decision.reason.replace(/\.$/, ''), remedy }
    }
    const refused = await refusedIn(channel, slack)
    if (refused) {
      const said = `the bot cannot read ${channel}, where they are told: ${refused}`
      return { what, state: 'bad', said, remedy: 'type `/invite @debvisor` there, or correct `channel`' }
    }
    const hint = http.publicUrl ? {} : { remedy: `set \`http.publicUrl\`, unless ${name} is on this machine` }
    return {
      what,
      state: 'good',
      said: `${kind} posts to ${at}/alerts/${name} with ${ways[proof.way]}`,
      ...hint,
    }
  })
  return Promise.all(checks)
}

/** What Slack says where the bot is not in the channel. */
export async function refusedIn(
  channel: string,
  { botToken, apiUrl }: Config['slack'],
): Promise<string | undefined> {
  if (!botToken) return undefined
  const client = makeClient(botToken, { apiUrl: apiUrl ?? SLACK_API, log: { warn() {}, debug() {} } })
  try {
    await client.conversations.history({ channel, limit: 1 })
    return undefined
  } catch (error) {
    return readError(error).failure.detail
  }
}
