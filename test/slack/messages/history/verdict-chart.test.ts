import fc from 'fast-check'
import { expect, it } from 'vitest'
import { checkBlocks } from '../../../../playground/slack/blocks/check.ts'
import { verdictChart } from '../../../../src/slack/messages/history/verdict-chart.ts'

const topicsOf = (names: readonly string[]) =>
  names.map((topic, at) => ({ topic, problem: at, healthy: 2 * at, unclear: 0 }))

it('has a bar for each outcome of each topic', () => {
  const { chart } = verdictChart(topicsOf(['db', 'service']))
  expect(chart.axis_config.categories).toEqual(['db', 'service'])
  expect(chart.series).toMatchObject([
    { name: 'problem', data: [{ value: 0 }, { value: 1 }] },
    { name: 'unclear', data: [{ value: 0 }, { value: 0 }] },
    { name: 'healthy', data: [{ value: 0 }, { value: 2 }] },
  ])
})

it('tells topics apart whose names are alike once they are cut', () => {
  const long = 'storage-of-a-very-long-name'
  const { chart } = verdictChart(topicsOf([`${long}-1`, `${long}-2`]))
  expect(new Set(chart.axis_config.categories).size).toBe(2)
})

it('is one that Slack takes, whatever topics are called', () => {
  const name = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' })

  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 12 }), (names) => {
      expect(checkBlocks('message', [verdictChart(topicsOf(names))], new Set())).toEqual([])
    }),
  )
})
