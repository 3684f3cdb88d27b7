import { expect, it } from 'vitest'
import { procSample } from '../../../../src/engine/parsers/special/proc-sample.ts'
import { fieldsOf, refusal } from '../parsed.ts'

const sample = (seconds: string, cpu: string, ctxt: number, faults: number) => `=== uptime
${seconds} 3528.11
=== stat
cpu  ${cpu}
cpu0 5066076 145348 1542359 23414241 8341 0 12597 0 0 0
cpu1 5066077 145348 1542360 23414242 8342 0 12598 0 0 0
intr 1990473 0 9
ctxt ${ctxt}
processes 100
procs_running 3
procs_blocked 1
=== vmstat
pgmajfault ${faults}
pswpin 0
pswpout 0
oom_kill 2
`
const before = sample('100.00', '1000 0 500 8000 100 0 0 0 0 0', 1000, 10)
const after = sample('102.00', '1080 0 520 8060 120 0 0 20 0 0', 1400, 11)

it('makes shares and rates of two samples', () => {
  expect(fieldsOf(procSample, `${before}=== sleep\n${after}`)).toEqual({
    seconds: 2,
    cores: 2n,
    user: 40,
    system: 10,
    iowait: 10,
    steal: 10,
    idle: 30,
    busy: 50,
    contextSwitches: 200,
    forks: 0,
    running: 3n,
    blocked: 1n,
    majorFaults: 0.5,
    swapIn: 0,
    swapOut: 0,
    oomKills: 2n,
  })
})

it('has no rates of vmstat where there was none to read', () => {
  const without = (text: string) => text.slice(0, text.indexOf('=== vmstat'))
  const fields = fieldsOf(procSample, `${without(before)}=== sleep\n${without(after)}`)
  expect([fields.busy, fields.majorFaults, fields.oomKills]).toEqual([50, undefined, undefined])
})

it('does not understand one sample, two without time between, or two without a cpu line', () => {
  expect(refusal(procSample, before)).toContain('two samples of /proc')
  expect(refusal(procSample, `${before}=== sleep\n${before}`)).toContain('two samples of /proc')
  const broken = after.replace('cpu  ', 'gpu  ')
  expect(refusal(procSample, `${before}=== sleep\n${broken}`)).toContain('the cpu line')
})
