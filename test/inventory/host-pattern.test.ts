import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isHostPattern, matchHosts } from '../../src/inventory/host-pattern.ts'
import { readInventory } from '../../src/inventory/load-inventory.ts'

const text = `all:
  hosts:
    alone:
  children:
    web: { hosts: { 'web[1:4]': , shared: } }
    db: { hosts: { db-a: , db-b: , shared: } }
    maintenance: {}
    production: { children: { db: } , hosts: { web1: , web2: } }
`
const read = readInventory('inventory.yml', text, {
  reserved: [],
  defaultUser: 'bot',
  defaultKeyFile: '/k',
})
if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
const { inventory } = read

const names = (pattern: string): string[] | string => {
  const matched = matchHosts(inventory, pattern)
  return matched.ok ? matched.hosts.map(({ name }) => name) : matched.message
}

describe('a pattern of hosts', () => {
  it.each([
    ['web1', ['web1']],
    ['web1,db-a', ['web1', 'db-a']],
    ['db-a:web1', ['web1', 'db-a']],
    ['db', ['shared', 'db-a', 'db-b']],
    ['all', ['web1', 'web2', 'web3', 'web4', 'shared', 'db-a', 'db-b', 'alone']],
    ['*', ['web1', 'web2', 'web3', 'web4', 'shared', 'db-a', 'db-b', 'alone']],
    ['ungrouped', ['alone']],
    ['web?', ['web1', 'web2', 'web3', 'web4']],
    ['*-b', ['db-b']],
    ['prod*', ['web1', 'web2', 'shared', 'db-a', 'db-b']],
    ['~web[12]', ['web1', 'web2']],
    ['production:&db', ['shared', 'db-a', 'db-b']],
    ['production:&web:!shared', ['web1', 'web2']],
    ['!shared,web', ['web1', 'web2', 'web3', 'web4']],
    ['web:!maintenance', ['web1', 'web2', 'web3', 'web4', 'shared']],
    ['all:!web1', ['web2', 'web3', 'web4', 'shared', 'db-a', 'db-b', 'alone']],
    ['!production', ['web3', 'web4', 'alone']],
    ['&db', ['shared', 'db-a', 'db-b']],
    ['web[0]', ['web1']],
    ['web[-1]', ['shared']],
    ['web[0:1]', ['web1', 'web2']],
    ['web[3:]', ['web4', 'shared']],
    ['web[0:1]:db-a', ['web1', 'web2', 'db-a']],
    [' web1 , web2 ', ['web1', 'web2']],
  ])('%s', (pattern, hosts) => expect(names(pattern)).toEqual(hosts))

  it.each([
    ['', 'the pattern of hosts is empty'],
    [' , ', 'the pattern of hosts is empty'],
    ['wbe1', 'there is no host or group `wbe1` in the inventory; did you mean `web1`?'],
    ['all:!shraed', 'there is no host or group `shraed` in the inventory; did you mean `shared`?'],
    ['production:!', 'a `!` or `&` in the pattern has no host or group behind it'],
    ['mail*', '`mail*` fits no host and no group'],
    ['~mail', '`~mail` fits no host and no group'],
    ['~web(', expect.stringContaining('not an RE2 pattern')],
    [
      'web[x]',
      '`web[x]`: a part of a group is written [0], [-1], [0:2] or [3:]; [abc] is not read as letters',
    ],
    [
      'db-[ab]',
      '`db-[ab]`: a part of a group is written [0], [-1], [0:2] or [3:]; [abc] is not read as letters',
    ],
    ['maintenance', 'group `maintenance` has no hosts'],
    [
      'web[1-3]',
      '`web[1-3]` is counted from 0 and would mean web2, web3, web4; write `web[1:3]` for those, or the names of the hosts',
    ],
    ['all:!web[0-0]', expect.stringContaining('would mean web1; write `web[0:0]` for that')],
    ['web[3:9]', '`web[3:9]` goes beyond `web`, which has 5: counted from 0, its last is `web[4]`'],
    ['web[-9]', expect.stringMatching(/^`web\[-9\]` goes beyond `web`|means no host/)],
    ['web[9]', '`web[9]` means no host: `web` has 5'],
    ['web:!web', 'no host is left of `web:!web`'],
    ['web1:&db', 'no host is left of `web1:&db`'],
    ['x'.repeat(3_000), 'a pattern of hosts has at most 2000 characters'],
  ])('%s is refused in one sentence', (pattern, sentence) => expect(names(pattern)).toEqual(sentence))

  it('never means a host that is left out, whatever else it says', () => {
    const term: fc.Arbitrary<string> = fc.constantFrom(
      'all',
      'web',
      'db',
      'production',
      'web*',
      'web[0]',
      '~.*',
      'alone',
    )
    fc.assert(
      fc.property(
        fc.array(term, { minLength: 1, maxLength: 4 }),
        fc.nat(4),
        fc.constantFrom(',', ':'),
        (terms, at, comma) => {
          const pattern = terms.toSpliced(at, 0, '!shared').join(comma)
          expect(names(pattern)).not.toContain('shared')
          if (typeof names(pattern) !== 'string')
            expect(names(terms.join(comma))).toEqual(expect.arrayContaining(names(pattern) as string[]))
        },
      ),
    )
  })

  it('is told from the name of one host', () => {
    expect(
      ['web', 'all', 'web*', 'web1,web2', '~web', 'web[0]', '!web1'].map((one) =>
        isHostPattern(inventory, one),
      ),
    ).not.toContain(false)
    expect(['web1', 'nobody', 'host1;reboot'].map((one) => isHostPattern(inventory, one))).not.toContain(true)
  })
})
