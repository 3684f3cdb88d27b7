import { describe, expect, it } from 'vitest'
import { makeChannelPace } from '../../../src/slack/transport/channel-pace.ts'
import { settableClock, standingClock } from '../../fakes/clock.ts'

describe('the pace of a channel', () => {
  it('lets a short burst through and then one message a second and channel', async () => {
    const clock = standingClock(0)
    const pace = makeChannelPace(clock)
    const sent: string[] = []
    for (let i = 0; i < 7; i++) void pace.run('C1', async () => sent.push(`C1 ${clock.now()}`))
    void pace.run('C2', async () => sent.push(`C2 ${clock.now()}`))
    await clock.advance(10_000)
    expect(sent.filter((s) => s.startsWith('C1'))).toEqual(
      [0, 0, 0, 0, 1000, 2000, 3000].map((at) => `C1 ${at}`),
    )
    expect(sent).toContain('C2 0')
  })

  it('is kept where the clock is set back meanwhile', async () => {
    const clock = settableClock()
    clock.set(3_600_000)
    const pace = makeChannelPace(clock)
    const sent: number[] = []
    for (let i = 0; i < 6; i++) void pace.run('C1', async () => sent.push(clock.elapsed()))
    await clock.advance(0)
    clock.set(0)
    await clock.advance(2_000)
    expect(sent).toEqual([0, 0, 0, 0, 1_000, 2_000])
  })

  it('keeps the order of a channel when an earlier message takes longer', async () => {
    const clock = standingClock()
    const pace = makeChannelPace(clock)
    const sent: number[] = []
    void pace.run('C1', async () => {
      await clock.sleep(30_000)
      sent.push(1)
    })
    void pace.run('C1', async () => sent.push(2))
    await clock.advance(29_000)
    expect(sent).toEqual([])
    await clock.advance(2_000)
    expect(sent).toEqual([1, 2])
  })

  it('goes on after work that failed, and hands the failure to whoever asked', async () => {
    const pace = makeChannelPace(standingClock())
    const failed = pace.run('C1', () => Promise.reject(new Error('no')))
    const next = pace.run('C1', () => Promise.resolve('yes'))
    await expect(failed).rejects.toThrow('no')
    await expect(next).resolves.toBe('yes')
  })
})
