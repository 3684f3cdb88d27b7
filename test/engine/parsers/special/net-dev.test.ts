import { expect, it } from 'vitest'
import { netDev } from '../../../../src/engine/parsers/special/net-dev.ts'
import { refusal, rowsOf } from '../parsed.ts'

const header = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`
const text = `=== uptime
100.00 1
=== net/dev
${header}    lo: 29587310   66512    0    0    0     0          0         0 29587310   66512    0    0    0     0       0          0
  eth0:1000 100 1 5 0 0 0 0 2000 200 0 0 0 0 0 0
=== sleep
=== uptime
102.00 1
=== net/dev
${header}    lo: 29587310   66512    0    0    0     0          0         0 29587310   66512    0    0    0     0       0          0
  eth0:5000 150 3 6 0 0 0 0 4000 260 0 2 0 0 0 0
`

it('makes rates and rises of two samples, without the loopback', () => {
  expect(rowsOf(netDev, text)).toEqual([
    {
      interface: 'eth0',
      rxBytes: 2000,
      txBytes: 1000,
      rxPackets: 50n,
      txPackets: 60n,
      rxErrors: 2n,
      txErrors: 0n,
      rxDrops: 1n,
      txDrops: 2n,
      rxPacketsTotal: 150n,
      txPacketsTotal: 260n,
      errorsTotal: 3n,
      dropsTotal: 8n,
    },
  ])
})

it('does not understand one sample', () => {
  expect(refusal(netDev, header)).toContain('two samples of /proc/net/dev')
})
