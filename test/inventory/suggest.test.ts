import { expect, test } from 'vitest'
import { suggest } from '../../src/inventory/suggest.ts'

test('the nearest come first, three at most', () => {
  expect(suggest('stagng11', ['web1', 'staging22', 'staging11'])).toEqual(['staging11'])
  expect(suggest('bastion-ue', ['bastion-us', 'bastion-eu'])).toEqual(['bastion-us', 'bastion-eu'])
  expect(suggest('host9', ['host1', 'host2', 'host3', 'host4'])).toHaveLength(3)
})

test('nothing near, nothing suggested', () => {
  expect(suggest('mail', ['host1', 'host2'])).toEqual([])
  expect(suggest('a'.repeat(10_000), ['host1'])).toEqual([])
})
