import { notUnderstood, type Parser, type Row, type Shape, understood } from '../parser.ts'

/**
 * `nft list ruleset` (nft(8)): `.rows`, one a rule of a chain, in order; `line` is its line in the listing. A base
 * chain's own line, which has its hook and policy, is a row too. `hook` is that of the chain, "" where it has none:
 * then another chain jumps to it. Sets and maps are passed over. No rules at all are an empty list.
 *
 *     table inet filter {
 *         chain out {
 *             type filter hook output priority filter; policy accept;
 *             meta skuid 33 tcp dport 8080 reject
 *         }
 *     }
 *
 * gives { table: "inet filter", chain: "out", hook: "output", line: 4, rule: "meta skuid 33 tcp dport 8080 reject" } as
 * its second row.
 */
const shape = {
  table: 'string',
  chain: 'string',
  hook: 'string',
  line: 'int',
  rule: 'string',
} as const satisfies Shape

export const nftRuleset: Parser = {
  gives: { rows: shape },
  parse(text) {
    const rows: Row[] = []
    const around: string[] = []
    let hook = ''
    for (const [at, raw] of text.split('\n').entries()) {
      const line = raw.trim()
      if (line === '' || line.startsWith('#')) continue
      if (around.length === 0 && !/^table [a-z0-9]+ \S+ \{/.test(line))
        return notUnderstood('a table of nft list ruleset', raw)
      const block = around.at(-1) ?? ''
      // Only a block that stays open: a rule may hold `{ 80, 443 }` too.
      if (line.endsWith('{')) {
        around.push(line.slice(0, -1).trim())
        hook = ''
      } else if (line === '}') around.pop()
      else if (around.length === 2 && block.startsWith('chain ')) {
        hook = /^type \S+ hook (\S+)/.exec(line)?.[1] ?? hook
        const [table = ''] = around
        rows.push({ table: nameOf(table), chain: nameOf(block), hook, line: BigInt(at + 1), rule: line })
      }
    }
    return around.length > 0 ? notUnderstood('a whole listing of nft', text) : understood({ rows })
  },
}

/** Of the table or chain that a block's first line opens. */
const nameOf = (opening: string): string => opening.replace(/^(?:table|chain) /, '')
