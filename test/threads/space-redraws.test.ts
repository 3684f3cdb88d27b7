import { beforeEach, expect, it } from 'vitest'
import { type SpacedDraws, spaceRedraws } from '../../src/threads/space-redraws.ts'
import { settableClock, standingClock, type TestClock } from '../fakes/clock.ts'

const { signal } = new AbortController()
let clock: TestClock
let stored: number
let drawn: { readonly runId: string; readonly at: number; readonly stored: number }[]
let broken: boolean
let draws: SpacedDraws

beforeEach(() => {
  clock = standingClock(0)
  stored = 0
  drawn = []
  broken = false
  draws = spaceRedraws(clock, async (runId) => {
    if (broken) throw new Error('Slack is down')
    drawn.push({ runId, at: clock.now(), stored })
  })
})

/** A job that follows a change, whose transaction is committed by now. */
const change = (runId = 'r1') => {
  stored += 1
  return draws.redraw(runId, signal)
}

it('the first change is drawn at once, those that follow together, with the last state', async () => {
  await change()
  await clock.advance(60)
  const second = change()
  await clock.advance(1_000)
  await change()
  await change()
  await clock.advance(5_000)
  await second
  expect(drawn).toEqual([
    { runId: 'r1', at: 0, stored: 1 },
    { runId: 'r1', at: 3_000, stored: 4 },
  ])
})

it('a clock that is set back holds up nothing', async () => {
  const set = settableClock()
  const spaced = spaceRedraws(set, async (runId) => {
    drawn.push({ runId, at: set.elapsed(), stored })
  })
  set.set(3_600_000)
  await spaced.redraw('r1', signal)
  const second = spaced.redraw('r1', signal)
  set.set(0)
  await set.advance(3_000)
  await second
  expect(drawn.map(({ at }) => at)).toEqual([0, 3_000])
})

it('a change while the thread is drawn is drawn afterwards', async () => {
  let end = (): void => {}
  const slow = spaceRedraws(clock, async (runId) => {
    drawn.push({ runId, at: clock.now(), stored })
    await new Promise<void>((resolve) => {
      end = resolve
    })
  })
  const first = slow.redraw('r1', signal)
  await clock.advance(0)
  stored = 7
  const second = slow.redraw('r1', signal)
  end()
  await first
  await clock.advance(3_000)
  end()
  await second
  expect(drawn.map((draw) => draw.stored)).toEqual([0, 7])
})

it('what a job tells of itself is drawn at once, and the change that follows it comes 3 s later', async () => {
  await change()
  await draws.draw('r1')
  const job = change()
  await clock.advance(5_000)
  await job
  expect(drawn.map(({ at }) => at)).toEqual([0, 0, 3_000])
})

it('one run holds up no other one, and after a pause none is held up', async () => {
  await change('r1')
  await change('r2')
  await clock.advance(3_000)
  await change('r1')
  expect(drawn.map(({ at }) => at)).toEqual([0, 0, 3_000])
})

it('a draw that fails fails its job, which comes again', async () => {
  await change()
  broken = true
  const job = change().catch((error: Error) => error.message)
  await clock.advance(3_000)
  expect(await job).toBe('Slack is down')
  broken = false
  await clock.advance(3_000)
  await draws.redraw('r1', signal)
  expect(drawn.at(-1)).toMatchObject({ stored: 2 })
})

it('a job that waits while the queue stops fails, so that another process takes it up', async () => {
  await change()
  const stopping = new AbortController()
  const job = draws.redraw('r1', stopping.signal).catch((error: Error) => error.message)
  stopping.abort()
  expect(await job).toContain('the queue stopped')
  expect(drawn).toHaveLength(1)
})
