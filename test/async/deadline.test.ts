import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { startDeadline } from '../../src/async/deadline.ts'

it('a deadline is reached after its time, and its signal aborts', async () => {
  const deadline = startDeadline(10)
  expect(deadline.signal.aborted).toBe(false)
  expect(await deadline.reached).toBe('deadline')
  expect(deadline.signal.aborted).toBe(true)
})

it('a deadline is reached at once when the caller gives up, before it or meanwhile', async () => {
  expect(await startDeadline(60_000, AbortSignal.abort()).reached).toBe('aborted')
  const caller = new AbortController()
  const deadline = startDeadline(60_000, caller.signal)
  caller.abort()
  expect(await deadline.reached).toBe('aborted')
  expect(deadline.signal.aborted).toBe(true)
  deadline.clear()
})

it('a deadline that was cleared is never reached, and listens to nobody', async () => {
  const caller = new AbortController()
  const deadline = startDeadline(1, caller.signal)
  deadline.clear()
  const ended = await Promise.race([
    deadline.reached,
    new Promise((resolve) => setTimeout(() => resolve('never'), 20)),
  ])
  expect(ended).toBe('never')
  expect(deadline.signal.aborted).toBe(false)
  expect(getEventListeners(caller.signal, 'abort')).toEqual([])
})
