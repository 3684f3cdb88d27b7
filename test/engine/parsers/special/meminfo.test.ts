import { expect, it } from 'vitest'
import { meminfo } from '../../../../src/engine/parsers/special/meminfo.ts'
import { fieldsOf, refusal } from '../parsed.ts'

it('reads bytes', () => {
  const text = `MemTotal:       24684084 kB
MemFree:        22757840 kB
MemAvailable:   23314672 kB
SwapTotal:             0 kB
HugePages_Total:       0
Committed_AS:    1512340 kB
`
  expect(fieldsOf(meminfo, text)).toEqual({
    total: 25276502016n,
    free: 23304028160n,
    available: 23874224128n,
    swapTotal: 0n,
    committed: 1548636160n,
  })
})

it('does not understand another file', () => {
  expect(refusal(meminfo, 'cat: /proc/meminfo: Permission denied')).toContain('Permission denied')
})
