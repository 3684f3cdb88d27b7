import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Mending, openMending } from './mending.ts'

describe('a fix', () => {
  let on: Mending
  beforeAll(async () => {
    on = await openMending()
  })
  afterAll(() => on?.rig.close())

  it('outside production is shown, applied by one person, and looked after', async () => {
    const { ts } = await on.diagnose('host2')
    const { id, said } = await on.open(ts)
    expect(said).toContain('Mend the gauge on host2')
    expect(said).toMatch(/\$ sh \S+\/count\.sh plain\n/)
    expect(said).toContain('Expected: The gauge works')
    await on.rig.front.submit({ view: id })
    const after = await on.threadSays(ts, /Mend the gauge on host2: ran · resolved/)
    expect(on.runs()).toEqual(['plain'])
    expect(after).toMatch(/Before: gauge\.broken \(gauge\)\n\s*After: 🟢 gauge on host2/)
  })
})
