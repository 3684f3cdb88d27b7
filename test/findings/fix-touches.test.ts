import { describe, expect, it } from 'vitest'
import { type FixTouches, touchesOtherThan } from '../../src/findings/fix-touches.ts'

const paths = (count: number, from = 'root:root', to = 'app:app'): FixTouches => ({
  paths: { count, first: ['/srv'], from, to },
})

describe('what a fix would touch now, against what was shown', () => {
  it.each<[string, FixTouches, FixTouches]>([
    ['nothing at all', {}, {}],
    ['as many paths', paths(12), paths(12)],
    ['some files more in a folder that is in use', paths(12), paths(17)],
    ['a tenth of many', paths(10_000), paths(9_000)],
    ['the same others', { others: ['a', 'b'] }, { others: ['b', 'a'] }],
    ['others that went away', { others: ['a', 'b'] }, { others: ['a'] }],
    ['others that nobody could see before either', { others: null }, { others: ['a'] }],
  ])('is the same with %s', (_, shown, now) => {
    expect(touchesOtherThan(shown, now)).toBeUndefined()
  })

  it.each<[string, FixTouches, FixTouches, string]>([
    ['more paths', paths(12), paths(18), 'It would change 18 paths now, and the form showed 12.'],
    [
      'one in place of many',
      paths(10_000),
      paths(1),
      'It would change 1 path now, and the form showed 10000.',
    ],
    [
      'another owner before',
      paths(1),
      paths(1, 'www:www'),
      'It would change www:www to app:app now, and the form showed root:root to app:app.',
    ],
    [
      'another owner afterwards',
      paths(1),
      paths(1, 'root:root', 'web:web'),
      'It would change root:root to web:web now, and the form showed root:root to app:app.',
    ],
    ['paths where none were', {}, paths(1), 'Which paths it would change is not what the form showed.'],
    ['no paths where some were', paths(1), {}, 'Which paths it would change is not what the form showed.'],
    [
      'another who would notice',
      { others: ['the site a'] },
      { others: ['the site a', 'the site b'] },
      'It would concern more now than the form showed: the site b.',
    ],
    [
      'one where there were none',
      { others: [] },
      { others: ['b'] },
      'It would concern more now than the form showed: b.',
    ],
    [
      'others that cannot be seen any more',
      { others: ['a'] },
      { others: null },
      'Whom else it concerns can no longer be seen.',
    ],
  ])('is told with %s', (_, shown, now, sentence) => {
    expect(touchesOtherThan(shown, now)).toBe(sentence)
  })
})
