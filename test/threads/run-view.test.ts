import { expect, it } from 'vitest'
import { shownProbes } from '../../src/threads/views/run-view.ts'
import { runbooks } from '../runbooks/diagnosis.ts'

const db = runbooks.topics.get('db')
const record = (id: string, status: 'answered' | 'not-installed' | 'skipped' | 'unanswered' | 'refused') => ({
  ...{ id, status, exitCode: 1, ms: 1, command: 'x', stdout: '', stderr: '' },
  reason: `exit status 77: ${'a long reason '.repeat(20)}`,
})

it('a run under way says in a few words how each probe fares; its thread has the reasons', () => {
  const records = new Map(
    [record('disk', 'answered'), record('unit', 'unanswered'), record('firewall', 'refused')].map((r) => [
      r.id,
      r,
    ]),
  )
  records.set('pool', record('pool', 'skipped')).set('pg_clusters', record('pg_clusters', 'not-installed'))
  const shown = new Map(shownProbes(db, records, new Set(['http'])).map((probe) => [probe.id, probe]))
  expect(shown.get('disk')).toMatchObject({ state: 'done' })
  expect(shown.get('disk')).not.toHaveProperty('note')
  expect(shown.get('unit')).toMatchObject({ state: 'failed', note: 'no answer' })
  expect(shown.get('firewall')).toMatchObject({ state: 'failed', note: 'not allowed' })
  expect(shown.get('pool')).toMatchObject({ state: 'skipped', note: 'not needed' })
  expect(shown.get('pg_clusters')).toMatchObject({ state: 'done', note: 'not installed' })
  expect(shown.get('http')).toMatchObject({ state: 'running' })
  expect(shown.get('listeners')).toMatchObject({ state: 'pending', conditional: false })
  expect(shown.get('pg_socket')).toMatchObject({ state: 'pending', conditional: true })
})
