import type { PlanBlock } from '@slack/types'
import { describe, expect, it } from 'vitest'
import { runningMessage } from '../../../../src/slack/messages/run/progress-message.ts'
import type { ShownProbe } from '../../../../src/slack/messages/run/run-view.ts'
import { run, view } from '../sample-views.ts'

const plan = (probes: readonly ShownProbe[]) =>
  runningMessage(view(run({ state: 'running' }), { probes })).blocks[0] as PlanBlock & {
    tasks: { title: string; status: string }[]
  }

describe('the message of a running run', () => {
  it('ticks its probes off, and says in words what Slack has no state for', () => {
    const { title, tasks } = plan([
      { id: 'a', title: 'Disk space', state: 'done' },
      { id: 'b', title: 'Journal', state: 'failed', note: 'permission denied' },
      { id: 'c', title: 'Locks', state: 'skipped', note: 'not needed' },
      { id: 'd', title: 'PostgreSQL', state: 'running' },
      { id: 'e', title: 'Ports', state: 'pending' },
    ])
    expect(title).toBe('db on host1: 3/5')
    expect(tasks.map((task) => `${task.status} ${task.title}`)).toEqual([
      'complete Disk space',
      'error Journal (permission denied)',
      'complete Locks (skipped: not needed)',
      'in_progress PostgreSQL',
      'pending Ports',
    ])
  })

  it('keeps its block id from start to end, so that an open plan stays open', () => {
    const at = (state: ShownProbe['state']) => plan([{ id: 'a', title: 'Disk', state }]).block_id
    expect(new Set([at('pending'), at('running'), at('done')]).size).toBe(1)
  })

  it('groups neighbours when there are many probes, a group ending when its last one ends', () => {
    const probes = Array.from({ length: 60 }, (_, i): ShownProbe => {
      return { id: `p${i}`, title: `P${i}`, state: i < 4 ? 'done' : 'pending' }
    })
    const { tasks } = plan(probes)
    expect(tasks).toHaveLength(20)
    expect(tasks.slice(0, 3).map((task) => `${task.status} ${task.title}`)).toEqual([
      'complete P0, P1, P2',
      'in_progress P3, P4, P5',
      'pending P6, P7, P8',
    ])
  })

  it('tells notifications how far it is', () => {
    const probes = [{ id: 'a', title: 'Disk', state: 'done' } as const]
    expect(runningMessage(view(run({ state: 'running' }), { probes })).text).toBe(
      '⏳ db on host1: running, 1 of 1 probes done',
    )
  })
})
