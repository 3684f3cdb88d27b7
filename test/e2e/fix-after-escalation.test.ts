import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type FakePagerDuty, startPagerDuty } from '../fakes/pagerduty.ts'
import { asText } from './bot.ts'
import { type Mending, openMending } from './fix-scene.ts'

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const ROUTING_KEY = 'R0UT1NGKEY0000000000000000000000'

describe.each(['socket', 'http'] as const)('a fix of what was escalated, over %s', (mode) => {
  let on: Mending
  let pagerDuty: FakePagerDuty
  beforeAll(async () => {
    pagerDuty = await startPagerDuty({ routingKeys: [ROUTING_KEY] })
    on = await openMending({
      mode,
      env: { PAGERDUTY_ROUTING_KEY: ROUTING_KEY },
      config: (fakeSlack) => `pagerduty: { eventsUrl: '${pagerDuty.url}' }
escalation: { lead: { slackUser: ${fakeSlack.users.lead} } }
`,
    })
  })
  afterAll(async () => {
    await on?.close()
    await pagerDuty?.close()
  })

  const replies = async (ts: string, words: RegExp) =>
    (await on.rig.fakeSlack.replies('incidents', ts)).filter((message) => words.test(asText(message)))
  const reply = (ts: string, words: RegExp) =>
    on.rig.fakeSlack.waitFor(async () => (await replies(ts, words))[0], {
      what: `a reply ${words}`,
      ms: 30_000,
    })

  it('is told to PagerDuty, its healthy re-check offers to resolve all, and that closes the ticket', async () => {
    const { ts } = await on.diagnose('host2')
    await on.click(ts, 'escalate_1')
    await reply(ts, /🎫 Ticket #1: /)
    await on.apply(ts)
    await on.threadSays(ts, /ran · resolved/)
    const healthy = await reply(ts, /🟢 gauge on host2[\s\S]*Still open from before[\s\S]*\[Resolve all\]/)
    expect(asText(await reply(ts, /🎫 Ticket #1: /))).toContain('⚪ open')
    await on.says(ts, /^☑️ gauge on host2: fix Mend the gauge by [\s\S]*Still open: Ticket #1\n/u)

    const [change] = await on.rig.fakeSlack.waitFor(() => pagerDuty.changes.length > 0 && pagerDuty.changes, {
      what: 'the change event',
      ms: 20_000,
    })
    expect(change).toMatchObject({
      payload: {
        summary: 'host2: Mend the gauge',
        custom_details: {
          by: 'ana',
          outcome: 'it ran',
          command: expect.stringMatching(/count\.sh plain && sh /),
        },
      },
      links: [{ text: 'Slack thread' }],
    })
    expect(pagerDuty.alerts).toEqual([])

    await on.click(healthy.ts, 'ladder_resolve_all', 'bo')
    const ticket = await reply(ts, /🎫 Ticket #1: [\s\S]*✅ closed by @/)
    expect(asText(ticket)).toMatch(/Run \w+ found the problem gone\./)
    const over = await reply(ts, /🟢 gauge on host2[\s\S]*What was open from before is closed/)
    expect(asText(over)).not.toContain('[Resolve all]')
    expect(await on.says(ts, /☑️ Ticket #1/u)).not.toContain('Still open')
  })

  it('that did not help offers to escalate in its thread, which keeps one escalation message', async () => {
    const { ts } = await on.diagnose('host2')
    on.write('mend.sh', 'echo nothing\n')
    await on.apply(ts)
    await on.threadSays(ts, /ran · not resolved/)
    const again = await reply(ts, /^🔴 gauge on host2[\s\S]*\[Contact DevOps lead\]/)
    await on.click(again.ts, 'escalate_2')
    await reply(ts, /Escalation[\s\S]*📨 DevOps lead/)
    const below = await reply(ts, /^🔴 gauge on host2[\s\S]*DevOps lead contacted by/)
    // Both are read in this one thread.
    await on.rig.fakeSlack.waitFor(
      async () =>
        asText(await on.rig.fakeSlack.message('incidents', ts)).includes('DevOps lead contacted by'),
      { what: 'the lead on the first message', ms: 20_000 },
    )
    for (const shown of [asText(below), asText(await on.rig.fakeSlack.message('incidents', ts))])
      expect(shown).not.toContain("another run's thread")
    expect(await replies(ts, /^Escalation/)).toHaveLength(1)
    const [escalation] = await replies(ts, /^Escalation/)
    await on.click(escalation?.ts ?? '', 'ladder_resolve')
    await reply(ts, /Escalation[\s\S]*☑️ DevOps lead .*resolved by @/)
    const main = await on.says(ts, /^☑️ gauge on host2: resolved by @/u)
    expect(main).not.toMatch(/Page on-call|Open ticket/)
    const written = async () =>
      (await on.rig.fakeSlack.dms('lead')).find((message) =>
        /☑️ gauge on host2: resolved by @/u.test(asText(message)),
      )
    const lead = await on.rig.fakeSlack.waitFor(written, { what: 'the lead’s message, resolved', ms: 20_000 })
    expect(asText(lead)).toContain('It was: The gauge is broken')
    on.write('mend.sh', `rm -f ${on.file('broken')}; echo mended\n`)
    on.remove('broken')
  })

  it('is not held up by a PagerDuty that is down', async () => {
    const down = { kind: 'status', status: 503 } as const
    pagerDuty.fail(down, down, down)
    const { ts } = await on.diagnose('host2')
    await on.apply(ts)
    await on.threadSays(ts, /ran · resolved/)
  })

  it('a problem is solved by a later look in another message, and comes back with a look in its own thread', async () => {
    const problem = await on.diagnose('host2')
    on.remove('broken')
    const before = (await on.rig.fakeSlack.messages()).map((message) => message.ts)
    await on.rig.fakeSlack.command('diagnose gauge host2', { user: 'bo' })
    expect((await on.rig.verdict({ after: before })).text).toMatch(/^🟢/u)
    const solved = await on.says(problem.ts, /^☑️ gauge on host2: found healthy .* by @\w+ \(run \w+\)\n/u)
    expect(solved).not.toMatch(/Page on-call|Apply fix/)
    on.write('broken', 'the needle is off again\n')
    await on.click(problem.ts, 'run_again', 'bo')
    const again = await reply(problem.ts, /^🔴 gauge on host2/u)
    await on.says(problem.ts, /^🔴 gauge on host2[\s\S]*Page on-call/u)
    // However deep in the thread the newest look stands, the top says what it saw.
    on.remove('broken')
    await on.click(again.ts, 'run_again', 'bo')
    const below = await reply(problem.ts, /^🟢 gauge on host2/u)
    await on.says(problem.ts, /^☑️ gauge on host2: found healthy .* by @\w+ \(run \w+\)\n/u)
    on.write('broken', 'the needle is off once more\n')
    await on.click(below.ts, 'run_again', 'bo')
    await on.says(problem.ts, /^🔴 gauge on host2[\s\S]*Page on-call/u)
  })
})
