import { expect, it } from 'vitest'
import { diskstats } from '../../../../src/engine/parsers/special/diskstats.ts'
import { refusal, rowsOf } from '../parsed.ts'

const text = `=== uptime
100.00 1
=== diskstats
 254       0 vda 100 0 1000 50 200 0 2000 100 0 300 150
   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
=== sleep
=== uptime
102.00 1
=== diskstats
 254       0 vda 120 0 1400 90 280 0 2800 360 3 2300 4150
   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 254      16 vdb 1 0 8 1 0 0 0 0 0 1 1
`

it('makes rates of two samples, without loop devices and what came in between', () => {
  expect(rowsOf(diskstats, text)).toEqual([
    {
      device: 'vda',
      reads: 10,
      writes: 40,
      readBytes: 102400,
      writeBytes: 204800,
      busy: 100,
      await: 3,
      queue: 2,
    },
  ])
})

it('takes an idle disk as one that waits for nothing', () => {
  const idle = text.replace(
    '120 0 1400 90 280 0 2800 360 3 2300 4150',
    '100 0 1000 50 200 0 2000 100 0 300 150',
  )
  expect(rowsOf(diskstats, idle)[0]).toMatchObject({ busy: 0, await: 0, queue: 0 })
})

it('does not understand one sample', () => {
  expect(refusal(diskstats, text.slice(0, text.indexOf('=== sleep')))).toContain(
    'two samples of /proc/diskstats',
  )
})
