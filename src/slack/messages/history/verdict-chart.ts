import { oneLine } from '../../../text/shorten.ts'
import { CHART, type ChartBlock } from '../../blocks.ts'

/** How many runs of a topic came out how. `unclear`: inconclusive, or not examined. */
export interface TopicVerdicts {
  readonly topic: string
  readonly problem: number
  readonly healthy: number
  readonly unclear: number
}

/** In the order of Slack's colours, the third of which is green. */
const series = ['problem', 'unclear', 'healthy'] as const

/** How the runs of each topic came out, in bars side by side. `topics`: at most CHART.categories. */
export function verdictChart(topics: readonly TopicVerdicts[]): ChartBlock {
  const names = labels(topics.map(({ topic }) => topic))
  return {
    type: 'data_visualization',
    title: 'By topic',
    chart: {
      type: 'bar',
      series: series.map((name) => ({
        name,
        data: topics.map((each, at) => ({ label: names[at] ?? '', value: each[name] })),
      })),
      axis_config: { categories: names, y_label: 'runs' },
    },
  }
}

/** Slack tells bars apart by them: those that are alike once they are cut get a number. */
function labels(names: readonly string[]): string[] {
  const short = names.map((name) => oneLine(name, CHART.label).trim() || '–')
  return short.map((name, at) =>
    short.indexOf(name) === at ? name : `${oneLine(name, CHART.label - 4)} ${at + 1}`,
  )
}
