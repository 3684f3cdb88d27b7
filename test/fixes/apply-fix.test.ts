import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Fix } from '../../src/fixes/fix-store.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { type Behaviour, openWorld, type World } from './fix-world.ts'

const hosts = ['host1', 'host2'] as const
const users = ['U1', 'U2', 'U3'] as const

interface Click {
  readonly do: 'request' | 'approve' | 'decline'
  readonly user: string
  readonly fix: number
  /** The process ends at that await of the click. */
  readonly crashAt: number | undefined
}
interface Delivery {
  readonly do: 'deliver'
  readonly job: number
  readonly crashAt: number | undefined
  readonly times: number
}
type Action =
  | {
      readonly do: 'diagnose' | 'rekey' | 'reword' | 'move' | 'mend by hand'
      readonly host: (typeof hosts)[number]
    }
  | { readonly do: 'change the runbook' | 'break Slack' | 'mend Slack' | 'blind' | 'see again' }
  | { readonly do: 'propose'; readonly user: string; readonly run: number }
  | Click
  | { readonly do: 'at once'; readonly clicks: readonly (Click | Delivery)[] }
  | { readonly do: 'pass'; readonly minutes: number }
  | { readonly do: 'behave'; readonly as: Behaviour }
  | Delivery

/** How many back from the newest. */
const nat = fc.constantFrom(0, 0, 0, 1, 1, 2, 5)
/** Three times of four there is none. */
const seldom = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: one })
const on = <D extends string>(name: D) =>
  fc.record({ do: fc.constant(name), host: fc.constantFrom(...hosts) })
const by = <D extends Click['do']>(name: D) =>
  fc.record({
    do: fc.constant(name),
    user: fc.constantFrom(...users),
    fix: nat,
    crashAt: seldom(fc.nat({ max: 12 })),
  })
const uncrashed = <T extends Click | Delivery>(one: T): T => ({ ...one, crashAt: undefined, times: 1 })
const delivery: fc.Arbitrary<Delivery> = fc.record({
  do: fc.constant('deliver'),
  job: nat,
  crashAt: fc.option(fc.nat({ max: 90 }), { nil: undefined, freq: 2 }),
  times: fc.constantFrom(1, 1, 1, 2),
})
const click: fc.Arbitrary<Click> = fc.oneof(by('request'), by('approve'), by('decline'))
/** What leads somewhere is drawn more often than what only spoils it. */
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: on('diagnose') },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('propose'), user: fc.constantFrom(...users), run: nat }),
  },
  { weight: 6, arbitrary: by('request') },
  { weight: 8, arbitrary: by('request').map((one) => ({ ...one, user: 'who asked' })) },
  { weight: 8, arbitrary: by('approve') },
  { weight: 1, arbitrary: by('decline') },
  { weight: 9, arbitrary: delivery },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('at once'),
      clicks: fc.array(fc.oneof(click, click, delivery).map(uncrashed), { minLength: 2, maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('behave'),
      as: fc.constantFrom<Behaviour>('mends', 'fails', 'loses the answer', 'takes too long'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('pass'), minutes: fc.constantFrom(1, 5, 14, 16, 40) }),
  },
  { weight: 1, arbitrary: fc.oneof(on('rekey'), on('reword'), on('move'), on('mend by hand')) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'change the runbook' as const,
        'break Slack' as const,
        'mend Slack' as const,
        'blind' as const,
        'see again' as const,
      ),
    }),
  },
)

const spoiler: fc.Arbitrary<Action> = fc.oneof(
  on('mend by hand'),
  fc.constant<Action>({ do: 'pass', minutes: 16 }),
  fc.constantFrom<Action>({ do: 'blind' }, { do: 'change the runbook' }),
)
/** All the way from a broken host to its fix, with something in between that spoils it now and then: steps drawn alone hardly ever get there. */
const story: fc.Arbitrary<readonly Action[]> = fc
  .record({
    host: fc.constantFrom(...hosts),
    user: fc.constantFrom(...users),
    other: fc.constantFrom(...users),
    crashes: fc.record({ ask: seldom(fc.nat({ max: 12 })), answer: seldom(fc.nat({ max: 12 })) }),
    deliver: delivery,
    spoilt: fc.option(fc.oneof(action, spoiler), { nil: undefined, freq: 2 }),
    at: fc.nat({ max: 6 }),
  })
  .map(({ host, user, other, crashes, deliver, spoilt, at }) => {
    const way: Action[] = [
      { do: 'see again' },
      { do: 'decline', user: 'who asked', fix: 0, crashAt: undefined },
      { do: 'diagnose', host },
      { do: 'propose', user, run: 0 },
      { do: 'request', user, fix: 0, crashAt: crashes.ask },
      { do: 'approve', user: other, fix: 0, crashAt: crashes.answer },
      { ...deliver, job: 0 },
      { ...uncrashed(deliver), job: 0 },
    ]
    return spoilt ? way.toSpliced(at, 0, spoilt) : way
  })
const history = fc
  .array(fc.oneof({ weight: 2, arbitrary: story }, { weight: 3, arbitrary: action.map((one) => [one]) }), {
    minLength: 4,
    maxLength: 14,
  })
  .map((parts) => parts.flat())

describe.each(storeKinds.slice(0, 1))(
  'a fix, whatever people, clocks and crashes do, in the %s store',
  (kind) => {
    let store: TestStore
    beforeAll(async () => {
      store = await openTestStore(kind)
    })
    afterAll(() => store.stop())

    it('runs at most once, only as it was approved, and on production by two people', async () => {
      let ran = 0
      const met = new Set<string>()
      await fc.assert(
        fc.asyncProperty(history, async (actions) => {
          const world = await openWorld(store.db)
          const runs = [await world.diagnose('host1'), await world.diagnose('host2')]
          for (const one of actions) {
            await act(world, runs, one)
            holds(world, await world.fixes())
          }
          const fixes = await world.fixes()
          isWrittenDown(await world.rows(), fixes)
          ran += world.sent.length
          for (const { state, production, startedAt } of fixes)
            met.add(`${state}${startedAt && production ? ', by two' : ''}`)
        }),
        { numRuns: 50 },
      )
      // A property that never met what it speaks of has proved nothing.
      expect(ran).toBeGreaterThan(50)
      const often = ['proposed', 'refused', 'void', 'succeeded', 'unknown', 'succeeded, by two']
      expect([...met]).toEqual(expect.arrayContaining(often))
    }, 240_000)

    it('is sent at most once, wherever the process is killed, and then unknown or as it was', async () => {
      const ends = new Set<string>()
      let survived = false
      for (let crashAt = 0; !survived; crashAt++) {
        const world = await openWorld(store.db)
        const fix = await asked(world, 'host2')
        const [job] = await world.jobs()
        if (!job) throw new Error('no job')
        survived = await world.deliver(job, crashAt)
        const before = await world.fix(fix.id)
        for (const again of await world.jobs()) await world.deliver(again)
        const after = await world.fix(fix.id)
        const firsts = world.sent.filter(({ argv }) => argv[0] === 'first')
        expect(firsts.length).toBeLessThanOrEqual(1)
        expect(after?.state).toBe(before?.state === 'running' ? 'unknown' : 'succeeded')
        if (after?.state === 'unknown') expect(after.recheck).not.toBeNull()
        ends.add(`${before?.state} → ${after?.state}`)
      }
      expect([...ends].sort()).toEqual(['approved → succeeded', 'running → unknown', 'succeeded → succeeded'])
      expect(survived).toBe(true)
    }, 240_000)

    /** A process that is stopped right before its command is sent, and what has happened when it goes on. */
    const frozen: readonly (readonly [string, (world: World, fix: Fix) => Promise<void>])[] = [
      [
        'another worker gave the fix up',
        async (world) => {
          for (const job of await world.jobs()) await world.deliver(job)
        },
      ],
      ['its time is over by the database’s clock', (world) => world.pass(1)],
    ]
    it.each(frozen)('is not sent by a worker that stood still until %s', async (_, meanwhile) => {
      const world = await openWorld(store.db)
      const fix = await asked(world, 'host2')
      const [job] = await world.jobs()
      if (!job) throw new Error('no job')
      let left: Fix | null = null
      world.now.gettingReady = async () => {
        await meanwhile(world, fix)
        left = await world.fix(fix.id)
        expect(left?.begun).toBe(1)
      }
      await world.deliver(job)
      expect(world.sent).toEqual([])
      const after = await world.fix(fix.id)
      const before = left as Fix | null
      if (before?.state === 'unknown') expect(after).toEqual(before)
      else
        expect(after).toMatchObject({
          state: 'failed',
          reason: expect.stringContaining('Step 1 was not sent'),
          recheck: expect.any(String),
        })
      holds(world, await world.fixes())
      isWrittenDown(await world.rows(), await world.fixes())
    })

    it('is sent where the head of the audit was another’s for longer than a lease lasts', async () => {
      const world = await openWorld(store.db)
      const fix = await asked(world, 'host2')
      const [job] = await world.jobs()
      if (!job) throw new Error('no job')
      world.now.auditIsWaitedFor = async (tx) => {
        await tx.query(
          `UPDATE debvisor.fixes SET held_till = held_till - interval '12 seconds' WHERE state = 'running' AND begun = 0`,
        )
      }
      await world.deliver(job)
      expect(world.sent.map(({ argv }) => argv[0])).toEqual(['first', 'second'])
      expect(await world.fix(fix.id)).toMatchObject({ state: 'succeeded' })
      await world.deliver(job)
      expect(world.counted).toEqual([{ name: 'debvisor_fixes_total', outcome: 'succeeded' }])
    })

    it('is not sent where the word of the store that it may be is old when it is read', async () => {
      const world = await openWorld(store.db)
      const fix = await asked(world, 'host2')
      const [job] = await world.jobs()
      if (!job) throw new Error('no job')
      world.now.onItsWay = async () => {
        world.now.clock += 60_000
      }
      await world.deliver(job)
      expect(world.sent).toEqual([])
      expect(await world.fix(fix.id)).toMatchObject({ state: 'failed' })
      expect(world.counted).toEqual([{ name: 'debvisor_fixes_total', outcome: 'failed' }])
    })

    it('takes no second step after a worker stood still during the first one', async () => {
      const world = await openWorld(store.db)
      const fix = await asked(world, 'host2')
      const [job] = await world.jobs()
      if (!job) throw new Error('no job')
      world.now.onItsWay = async () => {
        world.now.gettingReady = () => world.pass(1)
        world.now.onItsWay = async () => {}
      }
      await world.deliver(job)
      expect(world.sent.map(({ argv }) => argv[0])).toEqual(['first'])
      expect(await world.fix(fix.id)).toMatchObject({
        state: 'failed',
        results: [{ id: 'step1' }],
        reason: expect.stringContaining('Step 2 was not sent'),
      })
    })

    it('is stored as it ended without waiting for Slack', async () => {
      const world = await openWorld(store.db)
      const fix = await asked(world, 'host2')
      const [job] = await world.jobs()
      if (!job) throw new Error('no job')
      let answer = () => {}
      world.now.slackAnswers = new Promise((resolve) => {
        answer = resolve
      })
      const delivered = world.deliver(job)
      try {
        await vi.waitFor(async () => expect((await world.fix(fix.id))?.state).toBe('succeeded'), 5_000)
      } finally {
        answer()
        await delivered
      }
    })

    it.each([
      ['is gone', { numbers: {} }, 'The cause is gone.'],
      ['is another one', { numbers: { host2: 9_999 } }, 'another one now'],
      ['cannot be seen', { sees: false }, 'could not be seen'],
    ])(
      'is void where its cause %s right before, and a run shows what is so instead',
      async (_, change, why) => {
        const world = await openWorld(store.db)
        const { id } = await asked(world, 'host2')
        Object.assign(world.now, change)
        const [job] = await world.jobs()
        if (!job) throw new Error('no job')
        await world.deliver(job)
        expect(world.sent).toEqual([])
        const ended = await world.fix(id)
        expect(ended).toMatchObject({ state: 'void', startedAt: null, recheck: expect.any(String) })
        expect(ended?.reason).toContain(why)
        expect(ended?.reason).toMatch(/Nothing was run\.$/)
        expect(world.counted).toEqual([{ name: 'debvisor_fixes_total', outcome: 'void' }])
        expect(await world.announced()).toEqual([])
      },
    )

    it('is not offered by a run whose outputs are no longer kept', async () => {
      const world = await openWorld(store.db)
      const run = await world.diagnose('host1')
      await store.db.query('UPDATE debvisor.runs SET outputs_gone_at = now() WHERE id = $1', [run])
      expect(await world.propose(run, 'U1')).toEqual({
        ok: false,
        sentence: 'What host1 answered in this run is no longer kept: check again first.',
      })
    })

    it('is approved by one of many who click at once', async () => {
      const world = await openWorld(store.db)
      const fix = await asked(world, 'host1')
      const clicks = await Promise.all(
        Array.from({ length: 20 }, (_, i) => world.approve(fix, users[i % 3] ?? 'U1')),
      )
      expect(clicks.filter((answer) => answer?.ok)).toHaveLength(1)
      expect((await world.jobs()).filter(({ job }) => job.kind === 'fix')).toHaveLength(1)
      expect((await world.fix(fix.id))?.approver).not.toBe('U1')
    })
  },
)

/** The fix of a new run, as U1 asked for it. */
async function asked(world: World, host: string): Promise<Fix> {
  const proposed = await world.propose(await world.diagnose(host), 'U1')
  if (!proposed.ok || !proposed.value[0]) throw new Error('no offer')
  await world.request(proposed.value[0], 'U1')
  return proposed.value[0]
}

async function act(world: World, runs: string[], one: Action): Promise<void> {
  const { now } = world
  const pick = <T>(all: readonly T[], at: number): T | undefined =>
    all[all.length - 1 - (at % (all.length || 1))]
  switch (one.do) {
    case 'diagnose':
      runs.push(await world.diagnose(one.host))
      return
    case 'rekey':
      now.keys[one.host] = `${now.keys[one.host]}x`
      return
    case 'reword':
      now.words[one.host] = `${now.words[one.host]}x`
      return
    case 'move':
      now.production[one.host] = !now.production[one.host]
      return
    case 'mend by hand':
      now.numbers[one.host] = undefined
      return
    case 'blind':
    case 'see again':
      now.sees = one.do === 'see again'
      return
    case 'change the runbook':
      return world.changeRunbook()
    case 'break Slack':
    case 'mend Slack':
      now.slack = one.do === 'mend Slack'
      return
    case 'behave':
      now.behaves = one.as
      return
    case 'pass':
      return world.pass(one.minutes)
    case 'propose': {
      const run = pick(runs, one.run)
      if (run) await world.propose(run, one.user)
      return
    }
    case 'request':
    case 'approve':
    case 'decline': {
      const fix = pick(await world.fixes(), one.fix)
      if (fix) await world[one.do](fix, one.user === 'who asked' ? fix.requester : one.user, one.crashAt)
      return
    }
    case 'at once':
      await Promise.all(one.clicks.map((each) => act(world, runs, each)))
      return
    case 'deliver': {
      const job = pick(await world.jobs(), one.job)
      if (job) await world.deliver(job, one.crashAt, one.times)
    }
  }
}

/** What came of a fix, as its last row of the audit says it. */
const endings: Readonly<Partial<Record<Fix['state'], RegExp>>> = {
  succeeded: /^succeeded; run \w+ looks again$/,
  failed: /^failed/,
  unknown: /^unknown/,
  void: /^void: /,
  expired: /^ran out, nothing was run$/,
  refused: /^(declined|withdrawn), asked for by /,
}

/** No effect without its row, no row without its effect, and each in the name of whoever did it. */
function isWrittenDown(rows: Awaited<ReturnType<World['rows']>>, fixes: readonly Fix[]): void {
  for (const fix of fixes) {
    const own = rows.flatMap(({ target, ...row }) =>
      target?.startsWith(`fix ${fix.id} `) ? [{ ...row, said: target.slice(fix.id.length + 5) }] : [],
    )
    const by = (words: RegExp) => own.filter(({ said }) => words.test(said)).map(({ actor }) => actor)
    expect(by(/^asked for: /)).toEqual(fix.requestedAt ? [fix.requester] : [])
    expect(by(/^approved, /)).toEqual(fix.approver ? [fix.approver] : [])
    expect(by(/^declined, /)).toEqual(fix.decliner && fix.decliner !== fix.requester ? [fix.decliner] : [])
    expect(by(/^withdrawn, /)).toEqual(fix.decliner === fix.requester ? [fix.requester] : [])
    expect(by(/^begins: first /)).toEqual(fix.startedAt ? [fix.requester] : [])
    const order = own.map(({ said }) => /^\w+/.exec(said)?.[0] ?? '')
    const ending = endings[fix.state]
    if (ending) expect(own.filter(({ said }) => ending.test(said))).toHaveLength(1)
    if (ending) expect(own.at(-1)?.said).toMatch(ending)
    const story = ['shown', 'asked', 'approved', 'begins']
    expect(order.filter((word) => story.includes(word))).toEqual(story.filter((word) => order.includes(word)))
  }
}

/** What must be true of every history. The hosts' own notes are compared with the store's rows. */
function holds({ sent }: World, fixes: readonly Fix[]): void {
  for (const step of ['first', 'second']) {
    const numbers = sent.filter(({ argv }) => argv[0] === step).map(({ argv }) => argv[1])
    expect(new Set(numbers).size).toBe(numbers.length)
  }
  for (const { host, argv, hostKey, production, behaved, number } of sent) {
    // What it mends was still there, whatever people did meanwhile.
    expect(argv[1]).toBe(String(number))
    const fix = fixes.find(
      ({ steps, startedAt }) => startedAt && steps.some((step) => step.argv[1] === argv[1]),
    )
    if (!fix) throw new Error(`${argv.join(' ')} was sent to ${host}, and no fix says so`)
    expect(fix).toMatchObject({ host, hostKey, production })
    expect(fix.steps.map((step) => step.argv)).toContainEqual(argv)
    expect(['approved', 'awaiting-approval', 'refused', 'expired', 'void']).not.toContain(fix.state)
    if (production) {
      expect(fix.approver).not.toBeNull()
      expect(fix.approver).not.toBe(fix.requester)
    }
    expect((fix.startedAt?.getTime() ?? 0) - (fix.requestedAt?.getTime() ?? 0)).toBeLessThanOrEqual(
      15 * 60_000,
    )
    if (argv[0] === 'first' && behaved !== 'mends')
      expect(sent.some((other) => other.argv[0] === 'second' && other.argv[1] === argv[1])).toBe(false)
  }
}
