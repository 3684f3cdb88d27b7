import { expect, it } from 'vitest'
import { pressure } from '../../../../src/engine/parsers/special/pressure.ts'
import { fieldsOf, refusal } from '../parsed.ts'

it('reads the averages of each resource', () => {
  const text = `/proc/pressure/cpu:some avg10=46.96 avg60=24.03 avg300=15.93 total=167868374
/proc/pressure/io:some avg10=1.62 avg60=0.40 avg300=0.09 total=1130401
/proc/pressure/io:full avg10=1.50 avg60=0.37 avg300=0.08 total=1052213
`
  expect(fieldsOf(pressure, text)).toEqual({
    cpu_some_avg10: 46.96,
    cpu_some_avg60: 24.03,
    cpu_some_avg300: 15.93,
    io_some_avg10: 1.62,
    io_some_avg60: 0.4,
    io_some_avg300: 0.09,
    io_full_avg10: 1.5,
    io_full_avg60: 0.37,
    io_full_avg300: 0.08,
  })
})

it('does not understand lines without their file, or a kernel without it', () => {
  expect(refusal(pressure, 'some avg10=0.00 avg60=0.00 avg300=0.00 total=0')).toContain(
    'with their file names',
  )
  expect(refusal(pressure, '')).toContain('found nothing')
})
