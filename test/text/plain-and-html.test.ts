import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asManyAsFit, type Block, toHtml, toText } from '../../src/text/plain-and-html.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 400 })
const anyBlock: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constantFrom('heading', 'line', 'item', 'quote'), text: anyText }),
  fc.record({ kind: fc.constant('link'), text: anyText, href: anyText }),
)

describe('text', () => {
  test('shows headings, items, quotes and links', () => {
    const text = toText([
      { kind: 'heading', text: 'Summary' },
      { kind: 'item', text: 'Host: host1' },
      { kind: 'heading', text: 'Output' },
      { kind: 'quote', text: 'one\ntwo' },
      { kind: 'link', text: 'Thread', href: 'https://example.com/1' },
    ])
    expect(text).toBe(
      '## Summary\n- Host: host1\n\n## Output\n    one\n    two\nThread: https://example.com/1',
    )
  })

  test('host output in a quote never begins a line, so it cannot look like a heading of ours', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const lines = toText([{ kind: 'quote', text }]).split(/\r\n|[\n\r\u2028\u2029]/)
        expect(lines.every((line) => line.startsWith('    '))).toBe(true)
      }),
    )
  })
})

describe('HTML', () => {
  test('lets no text become a tag, an attribute or a link', () => {
    fc.assert(
      fc.property(fc.array(anyBlock, { maxLength: 6 }), (blocks) => {
        const hostile = blocks.map((block) => ({
          ...block,
          text: `<img src=x onerror="a()">'&${block.text}`,
        }))
        const tags = toHtml(hostile).match(/<[^>]*>/g) ?? []
        const ours =
          /^<(!doctype html|\/?(html|head|body|h3|p|ul|li|pre|meta|a)( (lang|charset|style|href)="[^"<>]*")?)>$/
        expect(tags.filter((tag) => !ours.test(tag))).toEqual([])
        expect(tags.filter((tag) => tag.startsWith('<a ') && !tag.startsWith('<a href="https://'))).toEqual(
          [],
        )
      }),
    )
  })

  test('puts neighbouring items into one list', () => {
    const html = toHtml([
      { kind: 'item', text: 'a' },
      { kind: 'item', text: 'b' },
    ])
    expect(html).toContain('<ul><li>a</li><li>b</li></ul>')
  })
})

describe('as many groups as fit', () => {
  const leftOut = (count: number) => `${count} left out.`

  test('never exceed their room, whole groups only, and the rest is counted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(anyBlock, { minLength: 1, maxLength: 3 })),
        fc.nat(3000),
        (groups, max) => {
          fc.pre(max > leftOut(groups.length).length)
          const blocks = asManyAsFit(groups, max, leftOut)
          expect(toText(blocks).length).toBeLessThanOrEqual(max)
          const whole =
            groups.flat().length === blocks.length && groups.flat().every((block, at) => block === blocks[at])
          const last = blocks.at(-1)
          expect(whole || /^[1-9]\d* left out\.$/.test(last?.text ?? '')).toBe(true)
        },
      ),
    )
  })
})
