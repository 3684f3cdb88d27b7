import { describe, expect, it } from 'vitest'
import type { Finding } from '../../src/findings/finding.ts'
import { problemKey } from '../../src/findings/problem-key.ts'
import { problemKeysOf } from '../../src/runs/problem-keys.ts'
import { problem } from './sample-bundles.ts'

const run = { team: 'T1', host: 'host1', topic: 'db' }
const key = (finding: string, subject: string): string =>
  problemKey({ team: 'T1', host: 'host1', finding, subject })
const [cause, consequence] = problem.findings as [Finding, Finding]
const own = key('postgresql.disk-full', '/var/lib/postgresql')
const beyond: Finding = { ...cause, id: 'nginx.down', subject: 'nginx', topic: 'websocket' }
const keysOf = (findings: readonly Finding[], more: Partial<typeof problem> = {}) =>
  problemKeysOf(run, { ...problem, findings, ...more })

describe('what a problem is called', () => {
  it('is its causes, without what follows from them', () => {
    expect(keysOf([cause, consequence])).toEqual([own])
  })

  it('begins with the causes of its own topic, wherever those of others are told', () => {
    expect(keysOf([beyond, cause])).toEqual([own, key('nginx.down', 'nginx')])
  })

  it('is the same where another topic explains its cause, which a slow host was not asked', () => {
    const explained: Finding = { ...cause, role: 'consequence', explainedBy: ['nginx.down'] }
    expect(keysOf([beyond, explained])).toEqual([own, key('nginx.down', 'nginx')])
  })

  it('is the same where only another topic finds something in what its own could not see', () => {
    const open = key('inconclusive.db', 'host1')
    expect(keysOf([], { verdict: 'inconclusive' })).toEqual([open])
    expect(keysOf([beyond])).toEqual([open, key('nginx.down', 'nginx')])
  })
})
