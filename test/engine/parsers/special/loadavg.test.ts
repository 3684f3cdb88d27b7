import { expect, it } from 'vitest'
import { loadavg } from '../../../../src/engine/parsers/special/loadavg.ts'
import { fieldsOf, refusal } from '../parsed.ts'

it('reads the three averages and the threads', () => {
  expect(fieldsOf(loadavg, '3.47 1.65 0.91 4/232 4042\n')).toEqual({
    load1: 3.47,
    load5: 1.65,
    load15: 0.91,
    running: 4n,
    tasks: 232n,
  })
})

it('does not understand uptime', () => {
  expect(refusal(loadavg, ' 04:12:33 up 1 day,  load average: 3.47, 1.65, 0.91')).toContain(
    'expected /proc/loadavg',
  )
})
