import { describe, expect, it } from 'vitest'
import { nftRuleset } from '../../../../src/engine/parsers/special/nft-ruleset.ts'

const listing = `# Warning: table ip nat is managed by iptables-nft, do not touch!
table inet egress {
	set blocked {
		type ipv4_addr
		elements = { 10.0.0.1,
			     10.0.0.2 }
	}

	chain web {
		tcp dport { 80, 443 } accept
	}

	chain out {
		type filter hook output priority filter; policy accept;
		meta skuid 33 tcp dport 8080 reject with tcp reset
	}
}
`

describe('nft list ruleset', () => {
  it('gives each rule with its table, chain, hook and line', () => {
    expect(nftRuleset.parse(listing)).toEqual({
      ok: true,
      value: {
        rows: [
          { table: 'inet egress', chain: 'web', hook: '', line: 10n, rule: 'tcp dport { 80, 443 } accept' },
          {
            table: 'inet egress',
            chain: 'out',
            hook: 'output',
            line: 14n,
            rule: 'type filter hook output priority filter; policy accept;',
          },
          {
            table: 'inet egress',
            chain: 'out',
            hook: 'output',
            line: 15n,
            rule: 'meta skuid 33 tcp dport 8080 reject with tcp reset',
          },
        ],
      },
    })
  })

  it('has no rows where there are no rules', () => {
    expect(nftRuleset.parse('')).toEqual({ ok: true, value: { rows: [] } })
  })

  it.each([['Operation not permitted'], [listing.slice(0, -3)]])('refuses %j', (text) => {
    expect(nftRuleset.parse(text).ok).toBe(false)
  })
})
