import { expect, it } from 'vitest'
import { OutOfTime, pausesWithin } from '../../src/fleet/pauses.ts'
import { FleetFacts } from '../../src/fleet/set-apart.ts'
import { ill, well } from './outcomes.ts'

it('a long comparison pauses every so many things, and ends where a pause says that its time is over', async () => {
  const packages = Array.from({ length: 5_000 }, (_, at) => `package\tlib${at}\t\t\t1.0`)
  const facts = new FleetFacts()
  for (const host of ['a', 'b', 'c'])
    facts.add(host, { at: 1, answers: { files: [...packages, 'end\t\t\t\t'] } })
  let pauses = 0
  await facts.between([ill('a')], [well('b'), well('c')], async () => {
    pauses += 1
  })
  expect(pauses).toBeGreaterThanOrEqual(25)
  await expect(facts.between([ill('a')], [well('b'), well('c')], pausesWithin(0))).rejects.toThrow(OutOfTime)
})

it('a pause lets others have the process once a turn is over, until the time is', async () => {
  let now = 0
  let served = 0
  const pause = pausesWithin(100, () => now)
  setImmediate(() => {
    served += 1
  })
  await pause()
  expect(served).toBe(0)
  now = 30
  await pause()
  expect(served).toBe(1)
  now = 100
  await expect(pause()).rejects.toThrow(OutOfTime)
})
