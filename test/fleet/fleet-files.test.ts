import { expect, it } from 'vitest'
import { fleetCsv } from '../../src/fleet/fleet-files.ts'
import { ill, well } from './outcomes.ts'

it('does so behind space too, and quotes what some spreadsheets part cells at', () => {
  const cells = [' =1+1', '\r@x', 'a;=2', 'b\t=3'].map(
    (title) => fleetCsv([ill('a', { title })]).split('critical,')[1],
  )
  expect(cells.map((text) => text?.split(',')[0])).toEqual(["' =1+1", `"'\r@x"`, '"a;=2"', '"b\t=3"'])
})

it('makes text of what a spreadsheet would take for a formula, and quotes what would end a cell', () => {
  const odd = ill('a', { title: '=HYPERLINK("http://x")', detail: '-1, or so\nmore' })
  expect(fleetCsv([odd, well('b')])).toBe(
    `host,standing,summary,figures,ms
a,critical,"'=HYPERLINK(""http://x"")","'-1, or so
more",900
b,healthy,Nothing is wrong,,900`,
  )
})
