import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type FakePagerDuty, startPagerDuty } from '../fakes/pagerduty.ts'
import { openRig, type Rig } from './bot.ts'

/** What Slack gives a command, in milliseconds. */
const SLACK_WAITS = 3_000

describe.each(['socket', 'http'] as const)('a PagerDuty that thinks for long, over %s', (mode) => {
  let rig: Rig
  let pager: FakePagerDuty
  beforeAll(async () => {
    const policy = { id: 'PPOL1', name: 'Production' }
    pager = await startPagerDuty({
      apiToken: 'api-token-1',
      onCalls: [{ user: 'Carla Night', level: 1, policy, end: '2026-12-31T08:00:00Z' }],
    })
    rig = await openRig({
      mode,
      env: { PAGERDUTY_API_TOKEN: 'api-token-1' },
      config: () => `pagerduty: { apiUrl: '${pager.apiUrl}' }\n`,
    })
  })
  afterAll(async () => {
    await rig?.close()
    await pager?.close()
  })

  it('costs neither the acknowledgement of a command nor its answer, which comes once and privately', async () => {
    let answer = () => {}
    pager.fail({
      kind: 'slow',
      until: new Promise((resolve) => {
        answer = resolve
      }),
    })
    const asked = await rig.fakeSlack.command('oncall')
    expect(asked).toMatchObject({ status: 200 })
    expect(asked.ackMs).toBeLessThan(SLACK_WAITS)
    // PagerDuty was asked and thinks: there is nothing to say yet.
    await vi.waitFor(() => expect(pager.requests).toHaveLength(1))
    expect(asked.private).toBeUndefined()
    expect(asked.responses()).toEqual([])
    answer()
    const said = await rig.fakeSlack.waitFor(() => asked.responses().length > 0 && asked.responses(), {
      what: 'who is on call',
    })
    expect(JSON.stringify(said)).toMatch(/On call now.*Carla Night.*level 1 of Production.*until/)
    expect(said).toHaveLength(1)
    expect(await rig.fakeSlack.messages()).toEqual([])
    expect(pager.requests).toHaveLength(1)
  })
})
