import { expect, it } from 'vitest'
import { countStandings, fleetRows, sharedCauses } from '../../src/fleet/fleet-table.ts'
import { ill, inDoubt, stopped, unreachable, well } from './outcomes.ts'

it('has the worst first, and what is not known before what is well', () => {
  const all = [
    well('a'),
    stopped('b'),
    inDoubt('c'),
    unreachable('d'),
    ill('e', { severity: 'warning' }),
    ill('f'),
    ill('g'),
  ]
  expect(fleetRows(all).map(({ host, mark }) => `${mark} ${host}`)).toEqual([
    '🔴 f',
    '🔴 g',
    '🟠 e',
    '⚫ d',
    '🟡 c',
    '⚪ b',
    '🟢 a',
  ])
  expect(countStandings(all)).toEqual({
    critical: 2,
    warning: 1,
    unreachable: 1,
    inconclusive: 1,
    stopped: 1,
    healthy: 1,
  })
})

it('says of each host what is wrong, with its figures; of one without a verdict why there is none', () => {
  expect(fleetRows([ill('a'), unreachable('b')])).toMatchObject([
    { said: 'The disk is full', figures: '/var is 100 % used', ms: 900 },
    { said: 'nothing answers at 10.0.0.9; see whether it runs', figures: '', ms: undefined },
  ])
})

const told = (outcomes: Parameters<typeof sharedCauses>[0]) =>
  sharedCauses(outcomes).map(({ hosts, ...cause }) => ({ ...cause, hosts: hosts.map(({ host }) => host) }))

it('puts hosts with the same first cause together, the most common first, with the subject that they share', () => {
  const down = { id: 'postgresql.down', title: 'PostgreSQL is down', subject: 'postgresql' }
  const all = [
    ill('a'),
    ill('b', down),
    ill('c', { subject: '/srv' }),
    ill('d', down),
    ill('e', down),
    well('f'),
  ]
  expect(told(all)).toEqual([
    { ...down, hosts: ['b', 'd', 'e'] },
    { id: 'disk.full', title: 'The disk is full', subject: undefined, hosts: ['a', 'c'] },
  ])
})

it('calls a cause by its name where it speaks of another thing on each host', () => {
  const all = [ill('a', { title: '/var is full' }), ill('b', { title: '/srv is full', subject: '/srv' })]
  expect(told(all)).toMatchObject([{ title: 'disk: full', hosts: ['a', 'b'] }])
})

it('names no cause that only one host has', () => expect(sharedCauses([ill('a'), well('b')])).toEqual([]))
