import { describe, expect, it } from 'vitest'
import { makeLanes } from '../../../src/slack/transport/channel-pace.ts'
import { standingClock } from '../../fakes/clock.ts'

describe('lanes', () => {
  it('let a short burst through and then one message a second and channel', async () => {
    const clock = standingClock(0)
    const lanes = makeLanes(clock)
    const sent: string[] = []
    for (let i = 0; i < 7; i++) void lanes.enter('C1', async () => sent.push(`C1 ${clock.now()}`))
    void lanes.enter('C2', async () => sent.push(`C2 ${clock.now()}`))
    await clock.advance(10_000)
    expect(sent.filter((s) => s.startsWith('C1'))).toEqual(
      [0, 0, 0, 0, 1000, 2000, 3000].map((at) => `C1 ${at}`),
    )
    expect(sent).toContain('C2 0')
  })

  it('keep the order of a channel when an earlier message takes longer', async () => {
    const clock = standingClock()
    const lanes = makeLanes(clock)
    const sent: number[] = []
    void lanes.enter('C1', async () => {
      await clock.sleep(30_000)
      sent.push(1)
    })
    void lanes.enter('C1', async () => sent.push(2))
    await clock.advance(29_000)
    expect(sent).toEqual([])
    await clock.advance(2_000)
    expect(sent).toEqual([1, 2])
  })

  it('go on after work that failed, and hand the failure to whoever asked', async () => {
    const lanes = makeLanes(standingClock())
    const failed = lanes.enter('C1', () => Promise.reject(new Error('no')))
    const next = lanes.enter('C1', () => Promise.resolve('yes'))
    await expect(failed).rejects.toThrow('no')
    await expect(next).resolves.toBe('yes')
  })
})
