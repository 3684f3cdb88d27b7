import { type Check, flag, integer, list, number, object, oneOf, string, tagged } from './shape.ts'

/**
 * docs.slack.dev/reference/block-kit/blocks/rich-text-block: no lengths are documented but the message's
 * own.
 */
const ANY = string(40_000)
const style = object(
  {},
  Object.fromEntries(
    ['bold', 'italic', 'strike', 'code', 'underline', 'highlight', 'client_highlight', 'unlink'].map(
      (name) => [name, flag] as const,
    ),
  ),
)
const leaf = (required: Record<string, Check>, optional: Record<string, Check> = {}): Check =>
  object(required, { style, ...optional })

const text = leaf({ text: ANY })
const link = leaf({ url: string(3000) }, { text: ANY, unsafe: flag })
const inline = tagged({
  text,
  link,
  broadcast: leaf({ range: oneOf('here', 'channel', 'everyone') }),
  channel: leaf({ channel_id: ANY }),
  color: leaf({ value: ANY }),
  date: leaf({ timestamp: number, format: ANY }, { url: ANY, fallback: ANY }),
  emoji: leaf({ name: ANY }, { unicode: ANY, url: ANY }),
  team: leaf({ team_id: ANY }),
  user: leaf({ user_id: ANY }),
  usergroup: leaf({ usergroup_id: ANY }),
})

const MANY = 10_000
const border = integer(0, 1)
const section = object({ elements: list(inline, 0, MANY) })

export const richText: Check = object(
  {
    elements: list(
      tagged({
        rich_text_section: section,
        rich_text_list: object(
          {
            style: oneOf('bullet', 'ordered'),
            elements: list(tagged({ rich_text_section: section }), 1, MANY),
          },
          { indent: integer(0, 8), offset: integer(0, MANY), border },
        ),
        rich_text_quote: object({ elements: list(inline, 0, MANY) }, { border }),
        rich_text_preformatted: object(
          { elements: list(tagged({ text, link }), 0, MANY) },
          { border, language: ANY },
        ),
      }),
      1,
      MANY,
    ),
  },
  { block_id: string(255) },
)

export const richTextBlock: Check = tagged({ rich_text: richText })
