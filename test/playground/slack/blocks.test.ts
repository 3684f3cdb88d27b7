import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkBlocks, tooLongTogether } from '../../../playground/slack/blocks/check.ts'
import type { Surface } from '../../../playground/slack/blocks/rules.ts'

const NONE = new Set<string>()
const check = (blocks: unknown, surface: Surface = 'message') => checkBlocks(surface, blocks, NONE)

const plain = (text: string) => ({ type: 'plain_text', text })
const rich = (text: string) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text, style: { bold: true } }] }],
})
const button = (more: object = {}) => ({ type: 'button', text: plain('Go'), action_id: 'go', ...more })
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } })
const task = {
  type: 'task_card',
  task_id: 'disk',
  title: 'Disk',
  status: 'complete',
  output: rich('/var 97%'),
}
const plan = { type: 'plan', block_id: 'run_7f3', title: 'db on host1: 1/2', tasks: [task] }
const cell = (text: string) => ({ type: 'raw_text', text })
const table = {
  type: 'table',
  rows: [
    [cell('Host'), cell('Disk')],
    [cell('host1'), rich('97')],
  ],
}
const dataTable = {
  type: 'data_table',
  caption: 'Fleet: db',
  page_size: 10,
  row_header_column_index: 0,
  rows: [
    [cell('Host'), cell('Disk %')],
    [cell('host1'), { type: 'raw_number', value: 97, text: '97' }],
  ],
}
const point = (label: string, value = 1) => ({ label, value })
const barChart = (chart: object = {}) => ({
  type: 'data_visualization',
  title: 'By topic',
  chart: {
    type: 'bar',
    series: [{ name: 'problem', data: [point('db'), point('service', 0)] }],
    axis_config: { categories: ['db', 'service'], y_label: 'runs' },
    ...chart,
  },
})
const input = {
  type: 'input',
  block_id: 'i',
  label: plain('Title'),
  element: { type: 'plain_text_input', action_id: 'a' },
}
const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index))

describe('Slack takes', () => {
  test.each([
    ['a section with a button beside it', { ...section('*db*'), accessory: button({ value: 'x' }) }],
    ['fields', { type: 'section', fields: [plain('a'), plain('b')] }],
    ['a header', { type: 'header', text: plain('db on host1') }],
    ['a context', { type: 'context', elements: [{ type: 'mrkdwn', text: 'asked by <@U1>' }] }],
    ['a divider', { type: 'divider' }],
    [
      'buttons',
      { type: 'actions', elements: [button({ style: 'danger', confirm: { text: plain('Sure?') } })] },
    ],
    ['a plan', plan],
    ['a bar chart', barChart()],
    ['a task card by itself', task],
    ['a table', table],
    ['a data table', dataTable],
    ['markdown', { type: 'markdown', text: '# db' }],
    ['rich text', rich('hello')],
    ['an input', input],
  ])('%s', (_, block) => {
    expect(check([block])).toEqual([])
  })

  test('25 buttons, 50 blocks, 100 blocks in a modal', () => {
    expect(check([{ type: 'actions', elements: many(25, (i) => button({ action_id: `a${i}` })) }])).toEqual(
      [],
    )
    expect(check(many(50, () => ({ type: 'divider' })))).toEqual([])
    expect(
      check(
        many(100, () => ({ type: 'divider' })),
        'modal',
      ),
    ).toEqual([])
  })
})

describe('Slack refuses in a message', () => {
  test.each<[string, unknown, string]>([
    [
      'an alert',
      [{ type: 'alert', text: plain('!') }],
      'unsupported type: alert [json-pointer:/blocks/0/type]',
    ],
    [
      'a file block',
      [{ type: 'file', source: 'remote', external_id: 'F' }],
      'unsupported type: file [json-pointer:/blocks/0/type]',
    ],
    ['an unknown type', [{ type: 'graph' }], 'unsupported type: graph [json-pointer:/blocks/0/type]'],
    [
      'a property of Object as a type',
      [{ type: 'constructor' }],
      'unsupported type: constructor [json-pointer:/blocks/0/type]',
    ],
    [
      '51 blocks',
      many(51, () => ({ type: 'divider' })),
      'no more than 50 items allowed [json-pointer:/blocks]',
    ],
    [
      'a section of 3,001',
      [section('x'.repeat(3001))],
      'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'an empty section text',
      [section('')],
      'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'a section without text',
      [{ type: 'section' }],
      'must provide one of: text, fields [json-pointer:/blocks/0]',
    ],
    [
      '11 fields',
      [{ type: 'section', fields: many(11, () => plain('x')) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
    ],
    [
      'a header of 151',
      [{ type: 'header', text: plain('x'.repeat(151)) }],
      'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'a header in mrkdwn',
      [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }],
      'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
    ],
    [
      '26 buttons',
      [{ type: 'actions', elements: many(26, (i) => button({ action_id: `a${i}` })) }],
      'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'two buttons of one action_id in a row',
      [{ type: 'actions', elements: [button(), button()] }],
      'duplicate action_id: go [json-pointer:/blocks/0]',
    ],
    [
      'a button text of 76',
      [{ type: 'actions', elements: [{ ...button(), text: plain('x'.repeat(76)) }] }],
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
    ],
    [
      'a button value of 2,001',
      [{ type: 'actions', elements: [button({ value: 'x'.repeat(2001) })] }],
      'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
    ],
    [
      'a text field in a row of buttons',
      [{ type: 'actions', elements: [{ type: 'plain_text_input', action_id: 'a' }] }],
      'unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]',
    ],
    [
      'a confirmation of 301',
      [{ type: 'actions', elements: [button({ confirm: { text: plain('x'.repeat(301)) } })] }],
      'must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]',
    ],
    [
      '11 context elements',
      [{ type: 'context', elements: many(11, () => plain('x')) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'a block_id of 256',
      [{ type: 'divider', block_id: 'x'.repeat(256) }],
      'must be less than 256 characters [json-pointer:/blocks/0/block_id]',
    ],
    [
      'one block_id twice',
      [
        { type: 'divider', block_id: 'b' },
        { type: 'divider', block_id: 'b' },
      ],
      'duplicate block_id: b [json-pointer:/blocks]',
    ],
    [
      'an unknown property',
      [{ type: 'divider', colour: 'red' }],
      'invalid additional property: colour [json-pointer:/blocks/0]',
    ],
    ['a header without text', [{ type: 'header' }], 'missing required field: text [json-pointer:/blocks/0]'],
    ['two plans', [plan, { ...plan, block_id: 'other' }], 'only_one_plan_allowed [json-pointer:/blocks]'],
    ['two tables', [table, table], 'only_one_table_allowed [json-pointer:/blocks]'],
    [
      'a plan beside a task card',
      [plan, task],
      'plan and task_card cannot be used together [json-pointer:/blocks]',
    ],
    [
      'a task that is skipped',
      [{ ...plan, tasks: [{ ...task, status: 'skipped' }] }],
      'must be one of: pending, in_progress, complete, error [json-pointer:/blocks/0/tasks/0/status]',
    ],
    [
      'a section inside a plan',
      [{ ...plan, tasks: [section('x')] }],
      'unsupported type: section [json-pointer:/blocks/0/tasks/0/type]',
    ],
    [
      '101 rows in a table',
      [{ type: 'table', rows: many(101, () => [cell('x')]) }],
      'no more than 100 items allowed [json-pointer:/blocks/0/rows]',
    ],
    [
      '21 columns',
      [{ type: 'table', rows: [many(21, () => cell('x'))] }],
      'no more than 20 items allowed [json-pointer:/blocks/0/rows/0]',
    ],
    [
      'a data table with ragged rows',
      [{ ...dataTable, rows: [[cell('a'), cell('b')], [cell('c')]] }],
      'all rows must have the same number of cells [json-pointer:/blocks/0/rows]',
    ],
    [
      'a data table with a rich header',
      [{ ...dataTable, rows: [[rich('a')], [cell('c')]] }],
      'unsupported type: rich_text [json-pointer:/blocks/0/rows/0/0/type]',
    ],
    [
      'a data table of 20,001 characters',
      [{ ...dataTable, rows: [[cell('a')], [cell('x'.repeat(20_000))]] }],
      'must be less than 20001 characters in all cells [json-pointer:/blocks/0/rows]',
    ],
    [
      'markdown of 12,001 in two blocks',
      [
        { type: 'markdown', text: 'x'.repeat(6000) },
        { type: 'markdown', text: 'x'.repeat(6001) },
      ],
      'must be less than 12001 characters in all markdown blocks [json-pointer:/blocks]',
    ],
    [
      'a bare string in rich text',
      [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: ['x'] }] }],
      'must provide an object [json-pointer:/blocks/0/elements/0/elements/0]',
    ],
    [
      'a link in rich text without its URL',
      [
        {
          type: 'rich_text',
          elements: [{ type: 'rich_text_section', elements: [{ type: 'link', text: 'x' }] }],
        },
      ],
      'missing required field: url [json-pointer:/blocks/0/elements/0/elements/0]',
    ],
  ])('%s', (_, blocks, sentence) => {
    expect(check(blocks)).toContain(sentence)
  })

  test.each([
    ['without a point for a category', { series: [{ name: 'a', data: [point('db')] }] }, 'series/0/data'],
    ['with a point for none', { axis_config: { categories: ['db'] } }, 'series/0/data'],
    [
      'with two series of one name',
      { series: [...barChart().chart.series, ...barChart().chart.series] },
      'series',
    ],
    [
      'with a category twice',
      { axis_config: { categories: ['db', 'db', 'service'] } },
      'axis_config/categories',
    ],
    [
      'with a long label',
      {
        series: [{ name: 'a', data: [point('x'.repeat(21))] }],
        axis_config: { categories: ['x'.repeat(21)] },
      },
      'series/0/data/0/label',
    ],
  ])('and a chart %s', (_, chart, at) => {
    expect(check([barChart(chart)]).join('\n')).toContain(`[json-pointer:/blocks/0/chart/${at}]`)
  })

  test('and a third chart', () => {
    expect(check([barChart(), barChart()])).toEqual([])
    expect(check([barChart(), barChart(), barChart()])).toHaveLength(1)
  })

  test.each(['plan', 'task_card', 'table', 'data_table', 'markdown', 'data_visualization'])(
    'and in a modal %s',
    (type) => {
      const blocks = {
        plan,
        task_card: task,
        table,
        data_table: dataTable,
        markdown: { type: 'markdown', text: 'x' },
        data_visualization: barChart(),
      }
      const block = blocks[type as keyof typeof blocks]
      expect(check([block], 'modal')).toEqual([`unsupported type: ${type} [json-pointer:/blocks/0/type]`])
      expect(check([block], 'message')).toEqual([])
    },
  )

  test('and a type that is switched off', () => {
    expect(checkBlocks('message', [plan], new Set(['plan']))).toEqual([
      'unsupported type: plan [json-pointer:/blocks/0/type]',
    ])
  })
})

test('an alert is for modals', () => {
  expect(check([{ type: 'alert', text: plain('!'), level: 'error' }], 'modal')).toEqual([])
})

test('whatever is sent as blocks, the check answers with sentences', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const sentence of check([value])) expect(sentence).toMatch(/\[json-pointer:\/blocks/)
    }),
  )
})

test('a section is taken up to 3,000 characters, counted as a person counts them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2990, max: 3010 }), fc.constantFrom('x', 'é', '🔴'), (count, letter) => {
      expect(check([section(letter.repeat(count))]).length === 0).toBe(count <= 3000)
    }),
  )
})

test('all blocks together are too long near 13,200 characters, data tables apart', () => {
  const five = (length: number) => many(5, () => section('x'.repeat(length)))
  expect(tooLongTogether(five(2500))).toBe(false)
  expect(tooLongTogether(five(2600))).toBe(true)
  expect(tooLongTogether([{ ...dataTable, rows: [[cell('a')], [cell('x'.repeat(19_000))]] }])).toBe(false)
})
