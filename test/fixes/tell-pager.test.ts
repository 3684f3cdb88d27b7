import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/async/clock.ts'
import type { Fix } from '../../src/fixes/fix-store.ts'
import { type ChangeTeller, tellChange } from '../../src/fixes/tell-pager.ts'
import { makePager } from '../../src/integrations/pagerduty/events-api.ts'
import type { AuditEntry } from '../../src/store/audit/audit.ts'
import type { Job } from '../../src/store/queue.ts'
import { type FakePagerDuty, startPagerDuty } from '../fakes/pagerduty.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../fakes/stores.ts'
import { openWorld, type World } from './fix-world.ts'

const [kind = 'embedded'] = storeKinds
const routingKey = 'R0UT1NGKEY0000000000000000000000'
let store: TestStore
let pagerDuty: FakePagerDuty
let world: World
let teller: ChangeTeller
let sent: { readonly job: Job; readonly afterMs: number | undefined }[]
let written: AuditEntry[]

beforeAll(async () => {
  store = await openTestStore(kind)
})
afterAll(() => store?.stop())
beforeEach(async () => {
  await pagerDuty?.close()
  pagerDuty = await startPagerDuty({ routingKeys: [routingKey] })
  world = await openWorld(store.db)
  sent = []
  written = []
  teller = {
    store: {
      ...storeWith(store.db, async (_, job, options) => void sent.push({ job, afterMs: options?.afterMs })),
      audit: async (_, entry) => void written.push(entry),
    },
    slack: {
      delivery: { permalink: async () => undefined } as unknown as ChangeTeller['slack']['delivery'],
      displayName: async (user) => `name of ${user}`,
    },
    redactor: { text: (text) => text.replaceAll('plain', '[redacted]') },
    pager: makePager({ eventsUrl: pagerDuty.url, routingKey, timeoutMs: 2_000 }),
    clock: systemClock,
  }
})
afterAll(() => pagerDuty?.close())

/** A fix of host2, which is not in production, run to its end. */
async function applied(): Promise<Fix> {
  const proposed = await world.propose(await world.diagnose('host2'), 'U1')
  const [fix] = proposed.ok ? proposed.value : []
  if (!fix) throw new Error('nothing was offered')
  await world.request(fix, 'U1')
  for (const job of await world.jobs()) await world.deliver(job)
  return (await world.fix(fix.id)) as Fix
}
const told = () => written.map(({ target }) => target)

describe('a fix that ran', () => {
  it('is told to PagerDuty: what, where, by whom, when, redacted; and the audit has it', async () => {
    const fix = await applied()
    expect(await world.announced()).toEqual([fix.id])
    await tellChange(teller, fix.id)
    expect(pagerDuty.changes).toMatchObject([
      {
        payload: {
          summary: `host2: ${fix.title}`,
          source: 'host2',
          custom_details: { by: 'name of U1', outcome: 'it ran' },
        },
      },
    ])
    expect(JSON.stringify(pagerDuty.changes)).not.toContain('plain')
    expect(told()).toEqual([`fix ${fix.id} told to the pager`])
    expect(pagerDuty.alerts).toEqual([])
  })

  it.each([
    ['fails', /^it failed: exit status 1/],
    ['loses the answer', /^nobody knows whether it ran: /],
  ] as const)('but %s is told as that', async (behaves, outcome) => {
    world.now.behaves = behaves
    await tellChange(teller, (await applied()).id)
    expect(pagerDuty.changes).toMatchObject([
      { payload: { custom_details: { outcome: expect.stringMatching(outcome) } } },
    ])
  })

  it('is told later where PagerDuty is down, as late as it asks; the fix stays what it is', async () => {
    const fix = await applied()
    pagerDuty.fail(
      { kind: 'status', status: 429, headers: { 'retry-after': '90' } },
      { kind: 'status', status: 503 },
    )
    await tellChange(teller, fix.id)
    await tellChange(teller, fix.id)
    expect(sent).toEqual([
      { job: { kind: 'change', fixId: fix.id }, afterMs: 90_000 },
      { job: { kind: 'change', fixId: fix.id }, afterMs: 30_000 },
    ])
    expect(told()).toEqual([])
    expect(await world.fix(fix.id)).toMatchObject({ state: 'succeeded' })
    await tellChange(teller, fix.id)
    expect(pagerDuty.changes).toHaveLength(1)
  })

  it('is not told for longer than a day, and the audit says why', async () => {
    const fix = await applied()
    pagerDuty.fail({ kind: 'status', status: 503 })
    await tellChange({ ...teller, clock: { now: () => Date.now() + 25 * 3_600_000 } }, fix.id)
    expect(sent).toEqual([])
    expect(told()).toEqual([expect.stringMatching(/not told to the pager: .*503/)])
  })

  it('that is refused is not tried again', async () => {
    const fix = await applied()
    await tellChange(
      {
        ...teller,
        pager: makePager({
          eventsUrl: pagerDuty.url,
          routingKey: routingKey.replace('R', 'X'),
          timeoutMs: 2_000,
        }),
      },
      fix.id,
    )
    expect(sent).toEqual([])
    expect(told()).toEqual([expect.stringMatching(/not told to the pager: /)])
  })
})

it('a fix that was only asked for, or a bot without a pager, tells nothing', async () => {
  const proposed = await world.propose(await world.diagnose('host1'), 'U1')
  const [waiting] = proposed.ok ? proposed.value : []
  await tellChange(teller, waiting?.id ?? '')
  await tellChange({ ...teller, pager: undefined }, (await applied()).id)
  expect(pagerDuty.changes).toEqual([])
  expect(written).toEqual([])
})
