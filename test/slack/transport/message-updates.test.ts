import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Message } from '../../../src/slack/message.ts'
import { makeUpdates, type Send } from '../../../src/slack/transport/message-updates.ts'
import { settableClock, standingClock, type TestClock } from '../../fakes/clock.ts'

const say = (text: string): Message => ({ text, blocks: [] })
const broken = (error: unknown): void => {
  throw error
}

/** A Slack that needs `ms` for each update. */
function slow(clock: TestClock, ms: number) {
  const shown: string[] = []
  const began: number[] = []
  const send: Send = async (_channel, ts, { text }) => {
    began.push(clock.now())
    if (ms > 0) await clock.sleep(ms)
    shown.push(text)
    return { ok: true, value: ts }
  }
  return { shown, began, send }
}

describe('updates of a message', () => {
  it('go on where the clock is set back meanwhile', async () => {
    const clock = settableClock()
    clock.set(3_600_000)
    const { shown, send } = slow(clock, 0)
    const updates = makeUpdates(clock, send, broken)
    updates.soon('C1', '1.1', () => say('first'))
    await clock.advance(0)
    clock.set(0)
    updates.soon('C1', '1.1', () => say('second'))
    await clock.advance(3_000)
    expect(shown).toEqual(['first', 'second'])
  })

  it('show progress no sooner than 3 s after what was to stay: a run said that it waits, and is taken', async () => {
    const clock = standingClock(0)
    const { shown, began, send } = slow(clock, 0)
    const updates = makeUpdates(clock, send, broken)
    await updates.final('C1', '1', say('waiting'))
    updates.soon('C1', '1', () => say('running'))
    await clock.advance(2_900)
    expect(shown).toEqual(['waiting'])
    await clock.advance(200)
    expect(shown).toEqual(['waiting', 'running'])
    expect(began).toEqual([0, 3_000])
  })

  it('show the first progress at once and then only the latest, every 3 s', async () => {
    const clock = standingClock(0)
    const { shown, began, send } = slow(clock, 0)
    const updates = makeUpdates(clock, send, broken)
    for (let i = 0; i < 50; i++) {
      updates.soon('C1', '1', () => say(`${i}`))
      await clock.advance(200)
    }
    await clock.advance(10_000)
    expect(shown).toEqual(['0', '14', '29', '44', '49'])
    expect(began.slice(1).map((at, i) => at - (began[i] ?? 0))).toEqual([3000, 3000, 3000, 3000])
  })

  it('are 3 s apart where they arrive, however long one is on its way', async () => {
    const clock = standingClock(0)
    let onItsWay = 2_000
    const arrived: number[] = []
    const send: Send = async (_channel, ts) => {
      await clock.sleep(onItsWay)
      onItsWay = 1
      arrived.push(clock.now())
      return { ok: true, value: ts }
    }
    const updates = makeUpdates(clock, send, broken)
    updates.soon('C1', '1', () => say('a'))
    await clock.advance(100)
    updates.soon('C1', '1', () => say('b'))
    await clock.advance(10_000)
    expect(arrived).toEqual([2_000, 5_001])
  })

  it('show the last word at once and drop progress that still waits', async () => {
    const clock = standingClock()
    const { shown, send } = slow(clock, 0)
    const updates = makeUpdates(clock, send, broken)
    updates.soon('C1', '1', () => say('a'))
    await clock.advance(100)
    updates.soon('C1', '1', () => say('b'))
    const sent = updates.final('C1', '1', say('verdict'))
    await clock.advance(0)
    await expect(sent).resolves.toEqual({ ok: true, value: '1' })
    await clock.advance(60_000)
    expect(shown).toEqual(['a', 'verdict'])
  })

  it('let progress that is under way arrive before the last word', async () => {
    const clock = standingClock()
    const { shown, send } = slow(clock, 2_000)
    const updates = makeUpdates(clock, send, broken)
    updates.soon('C1', '1', () => say('a'))
    await clock.advance(500)
    void updates.final('C1', '1', say('verdict'))
    await clock.advance(10_000)
    expect(shown).toEqual(['a', 'verdict'])
  })

  it('go on after a last word, where a run is taken up again', async () => {
    const clock = standingClock()
    const { shown, send } = slow(clock, 1_000)
    const updates = makeUpdates(clock, send, broken)
    void updates.final('C1', '1', say('again'))
    updates.soon('C1', '1', () => say('a'))
    await clock.advance(5_000)
    expect(shown).toEqual(['again', 'a'])
  })

  it('share the limit of the workspace when many runs report', async () => {
    const clock = standingClock(0)
    const { began, send } = slow(clock, 0)
    const updates = makeUpdates(clock, send, broken)
    for (let second = 0; second < 60; second++) {
      for (let run = 0; run < 20; run++) updates.soon('C1', `${run}`, () => say('x'))
      await clock.advance(1_000)
    }
    expect(began.length).toBeLessThanOrEqual(20 + 50)
    expect(began.length).toBeGreaterThanOrEqual(40)
  })

  it('lose one report and nothing else when it cannot be built', async () => {
    const clock = standingClock()
    const { shown, send } = slow(clock, 0)
    const errors: unknown[] = []
    const updates = makeUpdates(clock, send, (error) => errors.push(error))
    updates.soon('C1', '1', () => {
      throw new Error('a bug')
    })
    await clock.advance(10)
    updates.soon('C1', '1', () => say('b'))
    await clock.advance(10_000)
    expect(errors).toHaveLength(1)
    expect(shown).toEqual(['b'])
  })

  it('end with the last word, each last word shown once and in order, whatever came between', async () => {
    const step = fc.oneof(
      fc.constant({ kind: 'progress' as const }),
      fc.constant({ kind: 'final' as const }),
      fc.integer({ min: 1, max: 5_000 }).map((ms) => ({ kind: 'wait' as const, ms })),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 0, max: 4_000 }),
        async (steps, ms) => {
          const clock = standingClock()
          const { shown, send } = slow(clock, ms)
          const updates = makeUpdates(clock, send, broken)
          const finals: string[] = []
          let count = 0
          const last = (): void => {
            finals.push(`final ${count}`)
            void updates.final('C1', '1', say(`final ${count++}`))
          }
          for (const one of steps) {
            if (one.kind === 'wait') await clock.advance(one.ms)
            else if (one.kind === 'final') last()
            else
              updates.soon(
                'C1',
                '1',
                (
                  (n) => () =>
                    say(`progress ${n}`)
                )(count++),
              )
          }
          last()
          await clock.advance(600_000)
          expect(shown.filter((text) => text.startsWith('final'))).toEqual(finals)
          expect(shown.at(-1)).toBe(finals.at(-1))
          const order = shown.map((text) => Number(text.split(' ')[1]))
          expect(order).toEqual(order.toSorted((a, b) => a - b))
        },
      ),
      { numRuns: 200 },
    )
  })
})
