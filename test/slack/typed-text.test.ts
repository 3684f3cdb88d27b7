import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeText, escapeTo, unwrap } from '../../src/slack/typed-text.ts'

describe('unwrap', () => {
  it.each([
    ['a host name that became a link', 'diagnose db <http://host1|host1>', 'diagnose db host1'],
    [
      'a dotted host name',
      'diagnose db <http://db1.example.com|db1.example.com>',
      'diagnose db db1.example.com',
    ],
    ['a URL that was typed', 'diagnose <https://host1/x>', 'diagnose https://host1/x'],
    [
      'an address that became a mail link',
      'diagnose db <mailto:root@host1|root@host1>',
      'diagnose db root@host1',
    ],
    ['an escaped user', 'diagnose db <@U024BE7LH|ana>', 'diagnose db @ana'],
    ['an escaped channel', 'diagnose db <#C024BE7LR|incidents>', 'diagnose db #incidents'],
    ['a user without a name', '<@U024BE7LH>', '@U024BE7LH'],
    ['a broadcast', 'diagnose db <!here>', 'diagnose db @here'],
    ['a user group', '<!subteam^S012|@oncall>', '@oncall'],
    ['entities', 'a &amp;&amp; b &lt;x&gt; &amp;lt;', 'a && b <x> &lt;'],
    ['curly quotes', 'diagnose “db” ‘host1’', 'diagnose "db" \'host1\''],
    ['a long dash before an option', 'diagnose db host1 —format', 'diagnose db host1 --format'],
    ['a short dash in a name', 'diagnose db web\u20131', 'diagnose db web-1'],
    ['no-break and thin spaces', 'diagnose\u00A0db\u2009host1', 'diagnose db host1'],
    ['invisible characters', 'diag\u200Bnose db \u202Ehost1\u202C', 'diagnose db host1'],
    ['plain text', 'diagnose db host1', 'diagnose db host1'],
  ])('undoes %s', (_, typed, meant) => {
    expect(unwrap(typed)).toBe(meant)
  })

  it('undoes what Slack escapes in any text of words', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9&<>._-]{1,12}$/)
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
        expect(unwrap(escapeText(words.join(' ')))).toBe(words.join(' '))
      }),
    )
  })

  it('takes a long hostile command in linear time', () => {
    const began = performance.now()
    unwrap(`${'<http://'.repeat(20_000)}${'<@U1|'.repeat(20_000)}${'<!subteam^S|@'.repeat(20_000)}`)
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})

describe('escapeTo', () => {
  it('never exceeds its length, never leaves markup and never cuts an entity', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.integer({ min: 1, max: 60 }),
        (text, max) => {
          const escaped = escapeTo(text, max)
          expect(escaped.length).toBeLessThanOrEqual(max)
          expect(escaped.replace(/&(amp|lt|gt);/g, '')).not.toMatch(/[&<>]/)
        },
      ),
    )
  })

  it('leaves a text that fits whole', () => {
    expect(escapeTo('a < b & c', 40)).toBe('a &lt; b &amp; c')
  })
})
