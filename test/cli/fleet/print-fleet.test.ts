import { expect, it } from 'vitest'
import { printFleet, progressLine } from '../../../src/cli/fleet/print-fleet.ts'
import { FleetFacts } from '../../../src/fleet/set-apart.ts'
import { ill, stopped, unreachable } from '../../fleet/outcomes.ts'

it('tells in one line which hosts were stopped, however many', async () => {
  const outcomes = [ill('a'), ...Array.from({ length: 30 }, (_, at) => stopped(`s${at + 1}`))]
  const printed = await printFleet({ topic: 'db', pattern: 'all', outcomes, ms: 1_200 }, new FleetFacts())
  expect(printed[0]).toBe('db on all: 31 hosts, 🔴 1 in trouble, ⚪ 30 stopped')
  expect(printed.filter((line) => line.includes('s1'))).toEqual([
    expect.stringMatching(/^⚪ stopped before their verdicts: s1, s2, .*, s20 and 10 more$/),
  ])
})

it('says how far it is', () => {
  expect(progressLine('db', [], 40)).toBe('db: 0 of 40 hosts')
  expect(progressLine('db', [ill('a'), unreachable('b')], 40)).toBe(
    'db: 2 of 40 hosts: 🔴 1 in trouble, ⚫ 1 unreachable',
  )
})
