import type { DataTableBlock, RawTextElement } from '@slack/types'
import type { FleetRow } from '../../../fleet/fleet-table.ts'
import { oneLine } from '../../../text/shorten.ts'

/** Slack takes 100 rows; more are read in the file. */
export const MOST_ROWS = 50
const PAGE = 15
const LONGEST_HOST = 40

/** How much of each text is shown, from the widest table to the narrowest. 0: the column is left out. */
const WIDTHS = [
  { said: 160, figures: 100 },
  { said: 110, figures: 60 },
  { said: 90, figures: 0 },
  { said: 60, figures: 0 },
  { said: 40, figures: 0 },
] as const

export interface TableBlock {
  readonly block: DataTableBlock
  /** How many of the rows it has. */
  readonly shown: number
}

/** The worst first, as many as stand in so much JSON. `rows`: at least one. */
export function fleetTable(caption: string, rows: readonly FleetRow[], room: number): TableBlock {
  const worst = rows.slice(0, MOST_ROWS)
  const blocks = WIDTHS.map((width) => ({ block: tableOf(caption, worst, width), shown: worst.length }))
  const fitting = blocks.find(({ block }) => JSON.stringify(block).length <= room)
  if (fitting) return fitting
  for (let shown = worst.length - 1; ; shown--) {
    const block = tableOf(caption, worst.slice(0, shown), { said: 40, figures: 0 })
    if (shown <= 1 || JSON.stringify(block).length <= room) return { block, shown }
  }
}

function tableOf(
  caption: string,
  rows: readonly FleetRow[],
  { said, figures }: { readonly said: number; readonly figures: number },
): DataTableBlock {
  const hasFigures = figures > 0 && rows.some((row) => row.figures !== '')
  const hasTime = rows.some(({ ms }) => ms !== undefined)
  const cells = (host: string, what: string, figure: string, time: string): RawTextElement[] =>
    [host, what, ...(hasFigures ? [figure] : []), ...(hasTime ? [time] : [])].map(raw)
  return {
    type: 'data_table',
    caption: oneLine(caption, 250),
    page_size: Math.min(rows.length, PAGE),
    row_header_column_index: 0,
    rows: [
      cells('Host', 'What is wrong', 'Figures', 'Time'),
      ...rows.map((row) =>
        cells(
          `${row.mark} ${oneLine(row.host, LONGEST_HOST)}`,
          oneLine(row.said, said),
          hasFigures ? oneLine(row.figures, figures) : '',
          row.ms === undefined ? '' : `${(row.ms / 1_000).toFixed(1)} s`,
        ),
      ),
    ],
  }
}

/** Slack refuses an empty cell. */
const raw = (text: string): RawTextElement => ({ type: 'raw_text', text: text || '–' })
