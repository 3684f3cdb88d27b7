import { createEmulator } from 'emulate'
import { startJira } from '../../fakes/jira.ts'
import { startPagerDuty } from '../../fakes/pagerduty.ts'
import { startSmtp } from '../../fakes/smtp.ts'
import { startReceiver } from '../../fakes/webhook.ts'
import { env, type Fill, filled, told } from './fixture.ts'
import { json, post } from './post.ts'

/** PagerDuty, mail, trackers: each fresh, and told what it was told then. */
export async function openOutside(known: Map<string, string>) {
  const pager = await startPagerDuty({
    routingKeys: [env.PAGERDUTY_ROUTING_KEY ?? ''],
    apiToken: env.PAGERDUTY_API_TOKEN ?? '',
  })
  const mail = await startSmtp()
  const issues = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: { [env.DEBVISOR_GITHUB_TOKEN ?? '']: { login: 'ops-bot', scopes: ['repo'] } },
      github: {
        users: [{ login: 'ops-bot' }],
        repos: [{ owner: 'ops-bot', name: 'ops', private: true }],
      },
    },
  })
  const login = { user: 'bot@example.com', token: env.DEBVISOR_JIRA_TOKEN ?? '', project: 'OPS' }
  const jira = await startJira(login)
  const webhook = await startReceiver(env.DEBVISOR_WEBHOOK_SECRET ?? '')
  const urls = {
    github: `http://127.0.0.1:${new URL(issues.url).port}`,
    jira: jira.url,
    webhook: webhook.url,
    smtp: mail.url,
    pagerduty: pager.apiUrl,
  }
  for (const [name, url] of Object.entries(urls)) known.set(name, url)
  const logins = {
    github: `Bearer ${env.DEBVISOR_GITHUB_TOKEN}`,
    jira: `Basic ${Buffer.from(`${login.user}:${login.token}`).toString('base64')}`,
  }
  const ask = async (to: 'github' | 'jira', method: string, path: string, body?: string) => {
    const headers = { ...json, authorization: logins[to] }
    const answer = await fetch(urls[to] + path, { method, headers, ...(body ? { body } : {}) })
    if (!answer.ok) throw new Error(`${to}: ${method} ${path}: ${answer.status}`)
    return answer
  }
  return {
    ...{ pager, mail, jira, webhook },
    github: async (path: string) =>
      (await ask('github', 'GET', `/repos/ops-bot/ops${path}`)).json() as Promise<
        Readonly<Record<string, unknown>>[]
      >,
    async tell(fill: Fill) {
      for (const { to, request = '', body, event, dedupKey, state } of told) {
        const [method = '', path = ''] = request.split(' ')
        if (to === 'github' || to === 'jira') await ask(to, method, path, fill(String(body)))
        if (to !== 'pagerduty') continue
        await post(pager.url, filled(fill, event ?? {}))
        const event_action = { acknowledged: 'acknowledge', resolved: 'resolve' }[state ?? '']
        const routing_key = env.PAGERDUTY_ROUTING_KEY
        if (event_action) await post(pager.url, { routing_key, event_action, dedup_key: dedupKey })
      }
    },
    async close() {
      for (const part of [pager, mail, issues, jira, webhook]) await part.close()
    },
  }
}
