import type { KnownBlock } from '@slack/types'

/** What stands in a message. */
export type MessageBlock = KnownBlock | ChartBlock

/**
 * A bar chart, which Slack draws: docs.slack.dev/reference/block-kit/blocks/data-visualization-block. @slack/types 3.2 does
 * not know it yet. Only messages have it, at most two. Titles and labels are plain text of at most 50 and 20 characters.
 */
export interface ChartBlock {
  readonly type: 'data_visualization'
  readonly block_id?: string
  readonly title: string
  readonly chart: {
    readonly type: 'bar'
    readonly series: readonly ChartSeries[]
    readonly axis_config: {
      /** The labels of all points, in their order. */
      readonly categories: readonly string[]
      readonly x_label?: string
      readonly y_label?: string
    }
  }
}

interface ChartSeries {
  readonly name: string
  /** A point for each category. */
  readonly data: readonly { readonly label: string; readonly value: number }[]
}

export const CHART = { title: 50, label: 20, series: 6, categories: 20 } as const
