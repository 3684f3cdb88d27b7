import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { besideDeaths } from '../../../../src/engine/parsers/judging/beside-deaths.ts'
import { refusal, rowsOf } from '../parsed.ts'

const said = (...journal: readonly string[]): string[] =>
  rowsOf(besideDeaths, ['Id=debvisor.service', ...journal].join('\n')).map(
    ({ times, deaths, name }) => `${times} of ${deaths}: ${name}`,
  )

const dies = (at: number) =>
  `${at} host1 systemd[1]: debvisor.service: Main process exited, code=killed, status=9/KILL`
const begins = (at: number, name: string) => `${at} host1 systemd[1]: Starting ${name} - Work...`

describe('beside-deaths', () => {
  it.each(['', 'Id=\n', dies(1), 'no journal files were found'])('does not understand %j', (text) =>
    expect(refusal(besideDeaths, text)).toContain('Id='),
  )

  it('says nothing where nothing died or nothing began', () => {
    expect(said()).toEqual([])
    expect(said(begins(9, 'a.service'))).toEqual([])
    expect(said(dies(10))).toEqual([])
  })

  it.each([
    [begins(8, 'a.service'), ['1 of 1: a.service']],
    [begins(7.9, 'a.service'), []],
    ['9 host1 systemd[1]: a.service: Deactivated successfully.', ['1 of 1: a.service']],
    ['9 host1 systemd[1]: a.service: Succeeded.', ['1 of 1: a.service']],
    ['9 host1 systemd[1]: a.service: Main process exited, code=exited, status=1/FAILURE', []],
    [
      '9 host1 CRON[7]: (root) CMD (/usr/local/bin/sweep (all))',
      ['1 of 1: cron: /usr/local/bin/sweep (all)'],
    ],
    [begins(9, 'debvisor.service'), []],
    ['9 host1 cron[7]: systemd[1] Starting a.service', []],
  ])('counts what ran within two seconds before a death: %s', (line, rows) => {
    expect(said(line, dies(10))).toEqual(rows)
  })

  it('has those first that ran before most deaths, and five at most', () => {
    const names = ['f', 'e', 'd', 'c', 'b', 'a'].map((name) => `${name}.service`)
    expect(
      said(...names.map((name) => begins(9, name)), dies(10), begins(19, 'f.service'), dies(20), dies(30)),
    ).toEqual([
      '2 of 3: f.service',
      '1 of 3: a.service',
      '1 of 3: b.service',
      '1 of 3: c.service',
      '1 of 3: d.service',
    ])
  })

  const line = fc
    .tuple(
      fc.constantFrom('1 ', '2.5 ', '-1 ', '999999999999999999 ', ''),
      fc.constantFrom('h systemd[1]: ', 'h CRON[1]: (a) CMD (', 'h x: '),
      fc.constantFrom(
        'Starting a.service',
        'b.service: Succeeded',
        'debvisor.service: Main process exited, code=',
        ': : ',
      ),
      fc.string(),
    )
    .map((parts) => parts.join(''))

  it('never counts more times than deaths, whatever the journal says', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (journal) => {
        const rows = rowsOf(besideDeaths, ['Id=debvisor.service', ...journal].join('\n'))
        expect(rows.length).toBeLessThanOrEqual(5)
        for (const { times, deaths } of rows) expect(Number(times)).toBeLessThanOrEqual(Number(deaths))
      }),
    )
  })

  it('takes time in proportion to the text', () => {
    const text = Array.from({ length: 20_000 }, (_, n) => `${begins(1, `a${n}.service`)}\n${dies(1)}`).join(
      '\n',
    )
    const began = performance.now()
    said(text)
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})
