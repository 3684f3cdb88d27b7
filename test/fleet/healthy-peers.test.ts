import { expect, it } from 'vitest'
import { healthyPeers } from '../../src/fleet/healthy-peers.ts'
import { ill, inDoubt, inGroups, well } from './outcomes.ts'

const web = (name: string) => inGroups(well(name), 'web', 'production')
const db = (name: string) => inGroups(well(name), 'db', 'production')
const names = ({ group, hosts }: ReturnType<typeof healthyPeers>) => [group, hosts.map(({ host }) => host)]

it('are of the smallest group that all hosts in trouble are in', () => {
  const bad = [inGroups(ill('w1'), 'web', 'production'), inGroups(ill('w2'), 'web', 'production')]
  expect(names(healthyPeers(bad, [...bad, web('w3'), web('w4'), db('d1')]))).toEqual(['web', ['w3', 'w4']])
})

it('are of a larger group where too few of the smaller one are well', () => {
  const bad = [inGroups(ill('w1'), 'web', 'production')]
  expect(names(healthyPeers(bad, [...bad, web('w3'), db('d1')]))).toEqual(['production', ['w3', 'd1']])
})

it('are all that are healthy where no group has them all, and that is told', () => {
  const bad = [inGroups(ill('w1'), 'web'), inGroups(ill('d1'), 'db')]
  const rest = [inGroups(well('w2'), 'web'), inGroups(well('d2'), 'db'), inDoubt('x')]
  expect(names(healthyPeers(bad, [...bad, ...rest]))).toEqual([undefined, ['w2', 'd2']])
})
