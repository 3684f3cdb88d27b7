import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DemoHosts, openDemoHosts } from '../../playground/ssh/demo-hosts.ts'
import { doctorCommand } from '../../src/cli/doctor/doctor.ts'
import type { Terminal } from '../../src/cli/output/terminal.ts'
import { type FakeJira, startJira } from '../fakes/jira.ts'
import { startReceiver, type WebhookReceiver } from '../fakes/webhook.ts'

const secret = 'a secret that signs 0123456789'

describe('debvisor doctor, of mirrors', () => {
  let jira: FakeJira
  let webhook: WebhookReceiver
  let demoHosts: DemoHosts

  beforeAll(async () => {
    jira = await startJira({ user: 'bot@example.com', token: 'right-token', project: 'OPS' })
    webhook = await startReceiver(secret)
    demoHosts = await openDemoHosts({
      hosts: ['host1'],
      config: `mirrors:
  jira: { site: '${jira.url}', project: OPS, user: bot@example.com }
  webhook: { url: '${webhook.url}' }
`,
    })
  })
  afterAll(async () => {
    await demoHosts?.close()
    await webhook?.close()
    await jira?.close()
  })

  it('says of each tracker whether its token and rights will do, and makes no ticket there', async () => {
    const out: string[] = []
    const term = { out: (line: string) => void out.push(line) } as unknown as Terminal
    const env = { DEBVISOR_JIRA_TOKEN: 'wrong-token', DEBVISOR_WEBHOOK_SECRET: secret }
    expect(await doctorCommand(term, env, undefined, { config: demoHosts.config })).toBe(1)
    expect(out).toContain(
      '✗ tickets in Jira: Jira answered 401: Client must be authenticated to access this resource.',
    )
    expect(out).toContain('    → look at `mirrors.jira`')
    expect(out).toContain('✓ tickets in Webhook: it took a signed ping')
    expect(out.join('\n')).not.toContain('wrong-token')
    expect(jira.issues).toEqual([])
    expect(webhook.events).toMatchObject([{ event: 'ping' }])
  }, 60_000)
})
