/**
 * What Slack takes as blocks, written down from docs.slack.dev/reference/block-kit and not from src/slack: the examiner has its own book.
 * Reasons read as Slack's do: `must be less than 3001 characters [json-pointer:/blocks/0/text/text]`.
 */
type Say = (reason: string, at: string) => void
type Rule = (value: unknown, at: string, say: Say) => void

const string =
  (max: number, min = 1): Rule =>
  (value, at, say) => {
    if (typeof value !== 'string') say('must be a string', at)
    else if (value.length > max) say(`must be less than ${max + 1} characters`, at)
    else if (value.length < min) say(`must be more than ${min - 1} characters`, at)
  }

const oneOf =
  (...allowed: readonly unknown[]): Rule =>
  (value, at, say) => {
    if (!allowed.includes(value)) say(`must be one of ${allowed.join(', ')}`, at)
  }

const boolean: Rule = oneOf(true, false)

const number: Rule = (value, at, say) => {
  if (typeof value !== 'number') say('must be a number', at)
}

const anything: Rule = () => {}

const list =
  (rule: Rule, max: number, min = 1): Rule =>
  (value, at, say) => {
    if (!Array.isArray(value)) return say('must be an array', at)
    if (value.length > max) say(`no more than ${max} items allowed`, at)
    if (value.length < min) say(`no fewer than ${min} items allowed`, at)
    value.forEach((item, index) => {
      rule(item, `${at}/${index}`, say)
    })
  }

type Fields = Readonly<Record<string, Rule>>

const shape =
  (required: Fields, optional: Fields = {}): Rule =>
  (value, at, say) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return say('must be an object', at)
    for (const name of Object.keys(required)) if (!(name in value)) say(`missing required field: ${name}`, at)
    for (const [name, field] of Object.entries(value)) {
      const rule = required[name] ?? optional[name]
      if (rule) rule(field, `${at}/${name}`, say)
      else say(`invalid additional property: ${name}`, at)
    }
  }

/** An object whose `type` chooses its rule. */
const typed =
  (rules: Readonly<Record<string, Rule>>): Rule =>
  (value, at, say) => {
    const type = (value as { type?: unknown } | null)?.type
    const rule = typeof type === 'string' ? rules[type] : undefined
    if (rule) rule(value, at, say)
    else say(`unsupported type: ${String(type)}`, `${at}/type`)
  }

const type = anything
const id = string(255)

const plainText = (max: number): Rule =>
  typed({ plain_text: shape({ type, text: string(max) }, { emoji: boolean }) })
const anyText = (max: number): Rule =>
  typed({
    plain_text: shape({ type, text: string(max) }, { emoji: boolean }),
    mrkdwn: shape({ type, text: string(max) }, { verbatim: boolean }),
  })

const confirm = shape(
  { title: plainText(100), text: plainText(300), confirm: plainText(30), deny: plainText(30) },
  { style: oneOf('primary', 'danger') },
)

const button = shape(
  { type, text: plainText(75) },
  {
    action_id: id,
    value: string(2000),
    url: string(3000),
    style: oneOf('primary', 'danger'),
    confirm,
    accessibility_label: string(75),
  },
)

const option = shape({ text: plainText(75), value: string(150) }, { description: plainText(75) })
const select = shape(
  { type, options: list(option, 100) },
  { action_id: id, placeholder: plainText(150), initial_option: option, confirm, focus_on_load: boolean },
)

const style = shape(
  {},
  { bold: boolean, italic: boolean, strike: boolean, code: boolean, underline: boolean },
)
const leaves = {
  text: shape({ type, text: string(12_000) }, { style }),
  link: shape({ type, url: string(3000) }, { text: string(3000), style, unsafe: boolean }),
  user: shape({ type, user_id: string(30) }, { style }),
  channel: shape({ type, channel_id: string(30) }, { style }),
  emoji: shape({ type, name: string(100) }, { unicode: string(30), style }),
  date: shape({ type, timestamp: number, format: string(300) }, { url: string(3000), fallback: string(300) }),
}
const section = shape({ type, elements: list(typed(leaves), 500) })
const pre = typed({ text: leaves.text, link: leaves.link })
const richText = shape(
  {
    type,
    elements: list(
      typed({
        rich_text_section: section,
        rich_text_list: shape(
          {
            type,
            style: oneOf('bullet', 'ordered'),
            elements: list(typed({ rich_text_section: section }), 500),
          },
          { indent: number, border: number, offset: number },
        ),
        rich_text_quote: shape({ type, elements: list(typed(leaves), 500) }, { border: number }),
        rich_text_preformatted: shape(
          { type, elements: list(pre, 500) },
          { border: number, language: string(40) },
        ),
      }),
      500,
    ),
  },
  { block_id: id },
)

const task = shape(
  {
    task_id: id,
    title: string(256),
    status: oneOf('pending', 'in_progress', 'complete', 'error'),
  },
  { type: oneOf('task_card'), block_id: id, details: richText, output: richText, sources: anything },
)

const image = shape(
  { type, image_url: string(3000), alt_text: string(2000) },
  { block_id: id, title: plainText(2000) },
)
const cell = typed({
  raw_text: shape({ type, text: string(3000) }),
  raw_number: shape({ type, value: number }, { text: string(100) }),
  rich_text: richText,
})

const everywhere = {
  section: shape(
    { type },
    {
      block_id: id,
      text: anyText(3000),
      fields: list(anyText(2000), 10),
      accessory: typed({ button, image, static_select: select }),
      expand: boolean,
    },
  ),
  header: shape({ type, text: plainText(150) }, { block_id: id }),
  divider: shape({ type }, { block_id: id }),
  context: shape(
    {
      type,
      elements: list(
        typed({
          plain_text: anyText(2000),
          mrkdwn: anyText(2000),
          image: shape({ type, image_url: string(3000), alt_text: string(2000) }),
        }),
        10,
      ),
    },
    { block_id: id },
  ),
  actions: shape({ type, elements: list(typed({ button, static_select: select }), 25) }, { block_id: id }),
  rich_text: richText,
  image,
}

const inMessages = typed({
  ...everywhere,
  plan: shape({ type, title: string(256) }, { block_id: id, tasks: list(task, 100, 0) }),
  task_card: task,
  markdown: shape({ type, text: string(12_000) }, { block_id: id }),
  table: shape({ type, rows: list(list(cell, 20), 100) }, { block_id: id, column_settings: anything }),
  data_table: shape(
    { type, caption: string(300), rows: list(list(cell, 20), 101) },
    { block_id: id, page_size: number, row_header_column_index: number },
  ),
})

const textInput = shape(
  { type },
  {
    action_id: id,
    initial_value: string(3000, 0),
    multiline: boolean,
    min_length: number,
    max_length: number,
    placeholder: plainText(150),
    focus_on_load: boolean,
  },
)

const inModals = typed({
  ...everywhere,
  alert: shape({ type, text: anyText(3000) }, { block_id: id, level: anything }),
  input: shape(
    { type, label: plainText(2000), element: typed({ plain_text_input: textInput, static_select: select }) },
    { block_id: id, hint: plainText(2000), optional: boolean, dispatch_action: boolean },
  ),
})

const modal = shape(
  { type: oneOf('modal'), title: plainText(24), blocks: list(inModals, 100) },
  {
    callback_id: id,
    private_metadata: string(3000, 0),
    submit: plainText(24),
    close: plainText(24),
    external_id: id,
    clear_on_close: boolean,
    notify_on_close: boolean,
  },
)

function reasons(rule: Rule, value: unknown, at: string): string[] {
  const said: string[] = []
  rule(value, at, (reason, where) => said.push(`${reason} [json-pointer:${where}]`))
  return said
}

/** Reasons to refuse the blocks of a message; none: they are good. */
export function refuseBlocks(blocks: unknown): string[] {
  const said = reasons(list(inMessages, 50, 0), blocks, '/blocks')
  if (!Array.isArray(blocks)) return said
  const types = blocks.map((block: { type?: unknown }) => block?.type)
  const count = (wanted: string) => types.filter((found) => found === wanted).length
  for (const single of ['plan', 'table', 'data_table']) {
    if (count(single) > 1) said.push(`only one ${single} allowed [json-pointer:/blocks]`)
  }
  if (count('plan') > 0 && count('task_card') > 0)
    said.push('plan and task_card exclude each other [json-pointer:/blocks]')
  return [...said, ...repeatedIds(blocks)]
}

export const refuseView = (view: unknown): string[] => {
  const blocks = (view as { blocks?: unknown } | null)?.blocks
  return [...reasons(modal, view, '/view'), ...(Array.isArray(blocks) ? repeatedIds(blocks) : [])]
}

function repeatedIds(blocks: readonly { block_id?: unknown }[]): string[] {
  const ids = blocks.flatMap((block) => (block?.block_id === undefined ? [] : [block.block_id]))
  return new Set(ids).size === ids.length ? [] : ['block_id must be unique [json-pointer:/blocks]']
}

/** The whole of a message's blocks, their JSON included (slackapi/bolt-js#2509, #2867). */
export const LONGEST_BLOCKS = 13_200
