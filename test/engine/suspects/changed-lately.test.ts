import { describe, expect, it } from 'vitest'
import { comparedReport, withSuspects } from '../../../src/engine/suspects/suspect-findings.ts'
import { suspectsOf } from '../../../src/engine/suspects/suspects.ts'
import type { Change } from '../../../src/findings/recent-changes.ts'
import { difference, error, symptom, type Told } from './sample-trouble.ts'

const site = '/etc/nginx/sites-enabled/debvisor'
const file = (name: string, age: number): Change => ({ kind: 'file', name, at: '13:58', age })

/** Suspects where there is no healthy run to compare with; the one that stands out with an exclamation mark. */
const lately = ({ findings = [], unexplained = [] }: Told, ...items: readonly Change[]) =>
  suspectsOf({
    findings,
    unexplained,
    compared: undefined,
    changed: { since: { kind: 'day', seconds: 86_400 }, items, probe: 'changes' },
  }).suspects
const objects = (...given: Parameters<typeof lately>): string[] =>
  lately(...given).map(({ difference: { object }, isStrong }) => `${object}${isStrong ? '!' : ''}`)

const failing = {
  findings: [symptom('nginx.gateway-error')],
  unexplained: [error('nginx', 'it broke', { first: 60 })],
}

describe('without a healthy run to compare with', () => {
  it('a file that changed right before the first error is a suspect, told after what is wrong', () => {
    expect(objects(failing, file(site, 100))).toEqual([site])
  })

  it('it is told by its time alone, with where to look up what was in it', () => {
    const [told] = withSuspects([], lately(failing, file(site, 100)))
    expect(told).toMatchObject({
      role: 'suspect',
      confidence: 'suspect',
      title: `${site} changed 100 s ago`,
      evidence: [{ probe: 'changes', text: `${site} changed 100 s ago` }],
      resolution: [expect.stringMatching(/etckeeper/)],
    })
  })

  it('where no error has a time, it is said before what it changed', () => {
    const { findings } = failing
    const slow = { findings: findings.map((one) => ({ ...one, id: 'x.slow' })) }
    const [told] = withSuspects([], lately(slow, file('/etc/nginx/nginx.conf', 100)))
    expect(told?.detail).toMatch(/^It changed in the quarter of an hour before this run/)
  })

  it.each([
    ['changed long before', [file(site, 5_000)]],
    ['changed after the first error', [file(site, 20)]],
    [
      'was unpacked with others',
      [1, 2, 3, 4].map((n) => file(`/etc/nginx/snippets/${n}.conf`, 100 + (n % 2))),
    ],
    ['is of a package', [{ kind: 'package', name: 'nginx 1.22', at: '13:58', age: 100 } as const]],
  ])('one that %s is none', (_, items) => {
    expect(objects(failing, ...items)).toEqual([])
  })

  it('two that were changed at the same time stand out neither', () => {
    expect(objects(failing, file(site, 100), file('/etc/nginx/nginx.conf', 90))).toEqual([
      '/etc/nginx/nginx.conf',
      site,
    ])
  })

  it('it is none of the differences from packages or a sibling', () => {
    const compared = { with: { kind: 'packages' }, seconds: 0, differences: [], unseen: [] } as const
    const { suspects, ranked } = suspectsOf({
      ...failing,
      compared,
      changed: { since: { kind: 'day', seconds: 86_400 }, items: [file(site, 100)], probe: 'changes' },
    })
    expect(suspects).toHaveLength(1)
    expect(comparedReport(compared, ranked)).toMatchObject({ differences: [], more: 0 })
  })

  it('nothing is suspected where a comparison says what differs', () => {
    const { suspects } = suspectsOf({
      ...failing,
      compared: { seconds: 3_600, differences: [difference('line', '/etc/nginx/nginx.conf:3')], unseen: [] },
      changed: { since: { kind: 'day', seconds: 86_400 }, items: [file(site, 100)], probe: 'changes' },
    })
    expect(suspects.map(({ difference: { object } }) => object)).toEqual(['/etc/nginx/nginx.conf:3'])
  })
})
