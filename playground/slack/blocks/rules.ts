import {
  accessory,
  actionElement,
  buttons,
  contextAction,
  image,
  inputElement,
  mrkdwn,
  plain,
  text,
} from './elements.ts'
import { richText, richTextBlock } from './rich-text.ts'
import {
  all,
  type Check,
  type Fields,
  flag,
  integer,
  isFields,
  list,
  number,
  object,
  oneOf,
  problem,
  string,
  tagged,
} from './shape.ts'

/** Where blocks may stand. */
export type Surface = 'message' | 'modal' | 'home'

interface BlockRule {
  readonly on: readonly Surface[]
  readonly check: Check
}

const block_id = string(255)
const block = (required: Record<string, Check>, optional: Record<string, Check> = {}): Check =>
  object(required, { block_id, ...optional })

const EVERYWHERE: readonly Surface[] = ['message', 'modal', 'home']
const MESSAGE: readonly Surface[] = ['message']

const rawText = object({ text: string(20_000, 0) })
const rawNumber = object({ value: number }, { text: string(255) })
const cell = tagged({ raw_text: rawText, raw_number: rawNumber, rich_text: richText })
const headerCell = tagged({ raw_text: rawText, raw_number: rawNumber })

const columnsAgree: Check = (value, at) => {
  const widths = isFields(value) && Array.isArray(value.rows) ? value.rows.map((row) => row?.length) : []
  return new Set(widths).size > 1
    ? [problem('all rows must have the same number of cells', `${at}/rows`)]
    : []
}
const plainHeader: Check = (value, at) => {
  const rows = isFields(value) && Array.isArray(value.rows) ? value.rows : []
  return rows.length === 0 ? [] : list(headerCell, 1, 20)(rows[0], `${at}/rows/0`)
}
const cellsWithin =
  (max: number): Check =>
  (value, at) =>
    isFields(value) && textLength(value.rows) > max
      ? [problem(`must be less than ${max + 1} characters in all cells`, `${at}/rows`)]
      : []
const textOrFields: Check = (value, at) =>
  isFields(value) && value.text === undefined && value.fields === undefined
    ? [problem('must provide one of: text, fields', at)]
    : []

/** Each series has a point for each category and no other, in any order. */
const pointsAgree: Check = (value, at) => {
  const { series, axis_config: axis } = fields(fields(value).chart)
  const all = listOf(series).map(fields)
  const categories = listOf(fields(axis).categories).map(String).sort()
  const strays = all.flatMap(({ data }, index) => {
    const labels = listOf(data).map((point) => String(fields(point).label))
    return String(labels.sort()) === String(categories) ? [] : [`${at}/chart/series/${index}/data`]
  })
  return [
    ...(new Set(all.map(({ name }) => name)).size < all.length
      ? [problem('names of series must be unique', `${at}/chart/series`)]
      : []),
    ...(new Set(categories).size < categories.length
      ? [problem('categories must be unique', `${at}/chart/axis_config/categories`)]
      : []),
    ...strays.map((where) => problem('must have a point for each category', where)),
  ]
}
const fields = (value: unknown): Fields => (isFields(value) ? value : {})
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const point = object({ label: string(20), value: number })
const seriesChart = object({
  series: list(object({ name: string(20), data: list(point, 1, 20) }), 1, 6),
  axis_config: object({ categories: list(string(20), 1, 20) }, { x_label: string(50), y_label: string(50) }),
})
const chart = tagged({
  pie: object({ segments: list(object({ label: string(20), value: number }), 1, 6) }),
  bar: seriesChart,
  area: seriesChart,
  line: seriesChart,
})

const task = block(
  { task_id: string(255), title: string(3000), status: oneOf('pending', 'in_progress', 'complete', 'error') },
  {
    details: richTextBlock,
    output: richTextBlock,
    sources: list(tagged({ url: object({ url: string(3000), text: string(255) }) }), 1, 100),
  },
)

/**
 * What Slack takes, one record a block type (docs.slack.dev/reference/block-kit/blocks, 2026). `file` is
 * missing because it is only ever read; carousel, container and video because no bot of ours sends them:
 * what is not here is refused as unknown. Where the documents name no limit, a generous one stands.
 */
export const RULES: Readonly<Record<string, BlockRule>> = {
  actions: { on: EVERYWHERE, check: block({ elements: list(actionElement, 1, 25) }) },
  alert: {
    on: ['modal'],
    check: block({ text: text(3000) }, { level: oneOf('default', 'info', 'warning', 'error', 'success') }),
  },
  card: {
    on: MESSAGE,
    check: block(
      {},
      {
        hero_image: tagged({ image }),
        icon: tagged({ image }),
        title: mrkdwn(150),
        subtitle: mrkdwn(150),
        body: mrkdwn(200),
        actions: buttons(1, 5),
      },
    ),
  },
  context: {
    on: EVERYWHERE,
    check: block({ elements: list(tagged({ image, plain_text: plain(2000), mrkdwn: mrkdwn(2000) }), 1, 10) }),
  },
  context_actions: { on: MESSAGE, check: block({ elements: list(contextAction, 1, 5) }) },
  data_table: {
    on: MESSAGE,
    check: all(
      block(
        { caption: string(255), rows: list(list(cell, 1, 20), 2, 101) },
        { page_size: integer(1, 100), row_header_column_index: integer(0, 19) },
      ),
      columnsAgree,
      plainHeader,
      cellsWithin(20_000),
    ),
  },
  /** Of the two limits of series and categories that are in print, the narrower ones. */
  data_visualization: { on: MESSAGE, check: all(block({ title: string(50), chart }), pointsAgree) },
  divider: { on: EVERYWHERE, check: block({}) },
  header: { on: EVERYWHERE, check: block({ text: plain(150) }) },
  image: {
    on: EVERYWHERE,
    check: block({ alt_text: string(2000) }, { image_url: string(3000), title: plain(2000) }),
  },
  input: {
    on: EVERYWHERE,
    check: block(
      { label: plain(2000), element: inputElement },
      { hint: plain(2000), optional: flag, dispatch_action: flag },
    ),
  },
  markdown: { on: MESSAGE, check: block({ text: string(12_000) }) },
  plan: {
    on: MESSAGE,
    check: block({ title: string(3000) }, { tasks: list(tagged({ task_card: task }), 0, 50) }),
  },
  rich_text: { on: EVERYWHERE, check: richText },
  section: {
    on: EVERYWHERE,
    check: all(
      block({}, { text: text(3000), fields: list(text(2000), 1, 10), accessory, expand: flag }),
      textOrFields,
    ),
  },
  table: {
    on: MESSAGE,
    check: block(
      { rows: list(list(cell, 1, 20), 1, 100) },
      {
        column_settings: list(
          object({}, { align: oneOf('left', 'center', 'right'), is_wrapped: flag }),
          1,
          20,
        ),
      },
    ),
  },
  task_card: { on: MESSAGE, check: task },
}

/** Characters of every `text` in it. */
export function textLength(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0
  return Object.entries(node).reduce(
    (sum, [name, value]) =>
      sum + (name === 'text' && typeof value === 'string' ? value.length : textLength(value)),
    0,
  )
}
