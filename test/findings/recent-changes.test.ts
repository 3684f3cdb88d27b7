import { describe, expect, it } from 'vitest'
import { type Change, changedLine, duration } from '../../src/findings/recent-changes.ts'

const file = (name: string, at: string): Change => ({ kind: 'file', name, at, age: 60 })
const nginx = file('/etc/nginx/nginx.conf', '13:58')
const upgrade: Change = { kind: 'package', name: 'nginx 1.22.1-9', at: '13:40', age: 1_200 }

describe('the line of what was changed', () => {
  it('says since when, and each thing with its time', () => {
    const since = { kind: 'healthy-run', seconds: 7_300 } as const
    expect(changedLine({ since, items: [nginx, upgrade] })).toBe(
      'Changed since the last healthy run (2 h ago): /etc/nginx/nginx.conf 13:58, package nginx 1.22.1-9 13:40',
    )
  })

  it('counts what it has no room for', () => {
    const since = { kind: 'day', seconds: 86_400 } as const
    expect(changedLine({ since, items: [nginx, upgrade, file('/etc/hosts', '09:01')] }, 2)).toBe(
      'Changed in the last day: /etc/nginx/nginx.conf 13:58, package nginx 1.22.1-9 13:40 and 1 more',
    )
  })

  it.each([
    [0, '0 s'],
    [119, '119 s'],
    [120, '2 min'],
    [7_199, '120 min'],
    [7_200, '2 h'],
    [172_800, '2 days'],
  ])('says %i seconds as %s', (seconds, said) => {
    expect(duration(seconds)).toBe(said)
  })
})
