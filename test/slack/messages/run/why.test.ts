import { describe, expect, it } from 'vitest'
import { whyMessage } from '../../../../src/slack/messages/run/why.ts'
import { toPlain } from '../../../../src/slack/transport/plain-text.ts'
import { diskReport, run } from '../sample-views.ts'

const why = (parts: Parameters<typeof run>[0]): string => toPlain(whyMessage(run(parts)))

describe('why', () => {
  it('is the cause with the host’s own words, all that follows from it, and what was ruled out', () => {
    const said = why({ report: diskReport() })
    expect(said).toContain('🔴 db on host1: PostgreSQL is down because its disk is full')
    expect(said).toContain('Cause: The disk of PostgreSQL is full')
    expect(said).toContain('/dev/sdb1 20G 20G 0 100% /var/lib/postgresql')
    expect(said).toContain('It explains: PostgreSQL is down; The API fails')
    expect(said).toContain('Ruled out (1): Too many connections')
    expect(said).toContain('From run 7F3K.')
  })

  it('names what could not be seen, and keeps a list short', () => {
    const ruledOut = Array.from({ length: 40 }, (_, at) => ({ id: `x.y${at}`, title: `Title ${at}` }))
    const unknown = [{ probe: 'disk', reason: 'sudo would not run it', remedy: 'grant it' }]
    const said = why({ report: diskReport({ verdict: 'inconclusive', findings: [], ruledOut, unknown }) })
    expect(said).toContain('Could not be seen: disk (sudo would not run it)')
    expect(said).toMatch(/Ruled out \(40\): .*; and 32 more/)
  })

  it('says of a run without a verdict why it has none', () => {
    expect(why({ state: 'running', endedAt: null })).toContain('It is still under way')
    const failure = { stage: 'network', hop: 'host1', reason: 'no route', remedy: 'look' } as const
    expect(why({ state: 'failed', failure })).toContain('At host1: no route')
    expect(why({ state: 'cancelled', cancelledBy: 'U2' })).toContain('cancelled')
  })
})
