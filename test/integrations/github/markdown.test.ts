import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { issueBody, noteBody } from '../../../src/integrations/github/github.ts'
import { fenced, inlineText, link, plainTitle, textLines } from '../../../src/integrations/github/markdown.ts'
import { noteDocument } from '../../../src/integrations/jira/jira.ts'
import { textOf } from '../../fakes/jira.ts'
import { aNote, tracked } from '../tracked-ticket.ts'

/** Text that wants out, between what is harmless. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom(
        ...[
          '`',
          '```',
          '````\n',
          '~~~\n',
          '\r',
          '\u2028',
          '\n    ',
          '\n# ',
          '<!-- ',
          ' -->',
          '<img src=x>',
          '\\',
        ],
        ...['@everybody', '@acme/ops', '#123', 'acme/ops#1', 'GH-7', 'fixes #1', '![x](http://x)', '[a](b)'],
        ...[
          'https://github.com/acme/ops/issues/1',
          'www.example.com',
          'a@b.example',
          '\n- ',
          '</pre>',
          '&lt;',
        ],
      ),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''))

/** What GitHub would find in rendered text: github.com's own patterns, as wide as they can be. */
const references = /(^|[^\w`])@[A-Za-z0-9]|#\d|\bGH-\d|https?:\/\/|www\.|\w@\w/i
/** What a reader sees: the backslashes of escapes are gone. */
const rendered = (markdown: string): string => markdown.replace(/\\([!-/:-@[-`{-~])/g, '$1')

describe('a fence', () => {
  it('is never ended by what is in it, whatever a host printed', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const [first = '', ...rest] = fenced(text).split('\n')
        const fence = /^(`{3,})text$/.exec(first)?.[1] ?? ''
        expect(fence.length).toBeGreaterThanOrEqual(3)
        expect(rest.at(-1)).toBe(fence)
        // CommonMark 4.5: a closing fence is at least as long, at most three spaces in, with nothing but spaces behind it.
        const closing = new RegExp(`^ {0,3}\`{${fence.length},}[ \\t]*$`)
        expect(rest.slice(0, -1).filter((line) => closing.test(line))).toEqual([])
        expect(fence.length).toBeLessThanOrEqual(9)
      }),
      { numRuns: 1_000 },
    )
  })

  it('keeps every character of what has no run of nine backticks', () => {
    expect(fenced('a\n\tb ``` c')).toBe('````text\na\n\tb ``` c\n````')
    expect(fenced('x`'.repeat(3) + '`'.repeat(40_000)).length).toBeLessThan(50_000)
  })
})

describe('a line of text', () => {
  it('is shown as it was written, and is no markup, mention, reference or link', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const line = inlineText(text, 3_000)
        expect(line).not.toMatch(/[\r\n]/)
        expect(line.replace(/\\[!-/:-@[-`{-~]/g, '')).not.toMatch(/[!#$&()*+\-.:<=>@[\\\]_`{|}~]/)
        expect(rendered(line)).not.toMatch(references)
        expect(rendered(line).replaceAll('\u200B', '')).toBe(
          text
            .replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
            .trim()
            .replaceAll('\u200B', ''),
        )
      }),
      { numRuns: 1_000 },
    )
  })

  it('in a title makes no reference either', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(plainTitle(text, 250)).not.toMatch(references)
        expect(plainTitle(text, 250).length).toBeLessThanOrEqual(250)
      }),
    )
  })
})

describe('an issue on GitHub', () => {
  it('keeps its limit and its one hidden mark, whatever is in the ticket', () => {
    fc.assert(
      fc.property(hostile, hostile, fc.nat(40_000), (opening, evidence, more) => {
        const body = issueBody(tracked({ opening, evidence: evidence + '`x\n'.repeat(more / 3) }))
        expect(body.length).toBeLessThanOrEqual(65_536)
        expect(body.endsWith('\n\n<!-- debvisor:ticket:5d1c6a8e-1b1f-4b7e-8a77-3d9f3d1e2f10 -->')).toBe(true)
        const outside = body.replace(/(`{3,})text\n[\s\S]*\n\1/, '').replace(/<!-- debvisor:[^>]*-->$/, '')
        expect(rendered(outside).replace('https://x.slack.com/archives/C1/p1', '')).not.toMatch(references)
        expect(outside.replace(/\\[!-/:-@[-`{-~]/g, '')).not.toMatch(
          /[<>@#`](?!## Evidence|# Evidence| Evidence)/,
        )
      }),
      { numRuns: 300 },
    )
  })

  it('of 40,000 characters of evidence says what was cut and where the rest is', () => {
    const body = issueBody(tracked({ evidence: 'y'.repeat(40_000) }))
    expect(body).toContain('[… cut: 40000 characters in all]')
    expect(body).toContain('[Slack thread](https://x.slack.com/archives/C1/p1)')
  })

  it('is readable', () => {
    const opening =
      '## Summary\ndb on host1: it is down\n- Host: host1 (production)\nThread: https://x.slack.com/archives/C1/p1'
    const body = rendered(
      issueBody(tracked({ opening, evidence: '## Cause\n    disk full', recurrenceOf: 9 })),
    )
    expect(body.replaceAll('\u200B', '')).toBe(
      `Ticket 12 of DebVisor · critical · db on host1 · opened by Ana · again, after ticket 9 · [Slack thread](https://x.slack.com/archives/C1/p1)

db on host1: it is down
- Host: host1 (production)

### Evidence

\`\`\`text
## Cause
    disk full
\`\`\`

<!-- debvisor:ticket:5d1c6a8e-1b1f-4b7e-8a77-3d9f3d1e2f10 -->`,
    )
  })

  it('has comments that say who wrote them', () => {
    const body = rendered(noteBody(aNote({ by: '@bo', text: 'first\nsecond' }))).replaceAll('\u200B', '')
    expect(body).toBe('**@bo** wrote:\n\nfirst\\\nsecond\n\n<!-- debvisor:note:7 -->')
    expect(noteBody(aNote({ did: 'reopened it', text: '' }))).toMatch(/reopened it\.\n/)
  })
})

describe('a link of ours', () => {
  it.each(['javascript:alert(1)', 'http://x.example/', 'https://x.example/)[a](b', 'https://x.example/<a>'])(
    'is none for %s',
    (url) => {
      expect(link('Slack thread', url)).toBeUndefined()
    },
  )
})

describe('a comment in Jira', () => {
  it('has every word, as text nodes only', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const document = noteDocument(aNote({ text }))
        expect(JSON.stringify(document)).not.toMatch(/"type":"(mention|inlineCard|emoji|media)"/)
        const words = (all: string) => all.match(/[\p{L}\p{N}]+/gu) ?? []
        expect(words(textOf(document))).toEqual(expect.arrayContaining(words(text)))
      }),
    )
  })
})

describe('several lines', () => {
  it('stay several, and a list stays a list', () => {
    expect(textLines('a\nb\n\n- c\n- d')).toBe('a\\\nb\n\n- c\n- d')
  })
})
