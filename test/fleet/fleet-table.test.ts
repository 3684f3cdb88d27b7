import { expect, it } from 'vitest'
import { countStandings, fleetRows, sameCauses } from '../../src/fleet/fleet-table.ts'
import { ill, inDoubt, notAsked, unreachable, well } from './outcomes.ts'

it('has the worst first, and what is not known before what is well', () => {
  const all = [
    well('a'),
    notAsked('b'),
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
    'not-asked': 1,
    healthy: 1,
  })
})

it('says of each host what is wrong, with its figures; of one without a verdict why there is none', () => {
  expect(fleetRows([ill('a'), unreachable('b')])).toMatchObject([
    { said: 'The disk is full', figures: '/var is 100 % used', ms: 900 },
    { said: 'nothing answers at 10.0.0.9; see whether it runs', figures: '', ms: undefined },
  ])
})

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
  expect(sameCauses(all)).toEqual([
    { ...down, severity: 'critical', hosts: ['b', 'd', 'e'] },
    {
      id: 'disk.full',
      title: 'The disk is full',
      subject: undefined,
      severity: 'critical',
      hosts: ['a', 'c'],
    },
  ])
})
