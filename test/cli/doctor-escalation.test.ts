import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli/program.ts'
import { tempFolder } from '../e2e/bot.ts'
import { type FakePagerDuty, startPagerDuty } from '../fakes/pagerduty.ts'
import { fakeTerminal } from './fake-terminal.ts'

const folder = tempFolder()
const config = join(folder.path, 'debvisor.yml')
const ROUTING_KEY = 'R0UT1NGKEY0000000000000000000000'
let pager: FakePagerDuty

beforeAll(async () => {
  pager = await startPagerDuty({
    routingKeys: [ROUTING_KEY],
    apiToken: 'api-token-1',
    onCalls: [{ user: 'Carla Night', level: 1, policy: { id: 'PPOL1', name: 'Production' } }],
  })
  writeFileSync(join(folder.path, 'inventory.yml'), 'all: { children: { production: { hosts: {} } } }\n')
})
afterAll(async () => {
  await pager?.close()
  folder.remove()
})

async function run(command: string, yaml: string, env: Record<string, string> = {}) {
  writeFileSync(config, `version: 1\n${yaml}\n`)
  const { term, out, err } = fakeTerminal()
  const status = await runCli(term, env, [command, '--config', config])
  return { status, out, err: err.join('\n') }
}

describe('a time limit', () => {
  it('for a group that the inventory does not have is told with its place and a guess', async () => {
    const { status, err } = await run(
      'validate',
      'escalation: { acknowledgeWithin: [{ hostGroups: [productoin], minutes: 5, then: page }] }',
    )
    expect(status).not.toBe(0)
    expect(err).toContain(
      "escalation.acknowledgeWithin[0].hostGroups: the inventory has no group productoin. Did you mean 'production'?",
    )
  })
})

describe('the doctor', () => {
  const pagerYaml = () => `pagerduty: { eventsUrl: '${pager.url}', apiUrl: '${pager.apiUrl}' }`
  const lines = async (env: Record<string, string>) => (await run('doctor', pagerYaml(), env)).out.join('\n')

  it('says who is on call, and where webhooks come to', async () => {
    const said = await lines({
      PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
      PAGERDUTY_API_TOKEN: 'api-token-1',
      PAGERDUTY_WEBHOOK_SECRET: 'hook-secret',
    })
    expect(said).toContain("✓ PagerDuty's REST API: on call now: Carla Night")
    expect(said).toContain(
      "✓ PagerDuty's webhooks: have a secret; the subscription's URL is http://127.0.0.1:8090/pagerduty/webhook",
    )
    expect(said).not.toContain('hook-secret')
    expect(pager.alerts).toEqual([])
  })

  it('says what is missing, and what mends it', async () => {
    const said = await lines({ PAGERDUTY_ROUTING_KEY: ROUTING_KEY })
    expect(said).toMatch(/– PagerDuty's REST API: not configured.*\n.*set PAGERDUTY_API_TOKEN/)
    expect(said).toMatch(
      /! PagerDuty's webhooks: not configured.*may wake somebody a second time\n.*set PAGERDUTY_WEBHOOK_SECRET/,
    )
  })

  it('says that a token is refused', async () => {
    expect(await lines({ PAGERDUTY_API_TOKEN: 'another-token' })).toContain(
      "✗ PagerDuty's REST API: PagerDuty does not take the REST API token. Look at PAGERDUTY_API_TOKEN.",
    )
  })
})
