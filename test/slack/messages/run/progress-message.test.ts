import type { PlanBlock } from '@slack/types'
import { describe, expect, it } from 'vitest'
import type { Run } from '../../../../src/runs/run.ts'
import { runningMessage } from '../../../../src/slack/messages/run/progress-message.ts'
import type { ShownProbe } from '../../../../src/slack/messages/run/run-view.ts'
import { toPlain } from '../../../../src/slack/transport/plain-text.ts'
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
    expect(title).toBe('db on host1: 3 of 5 probes')
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

  it.each([
    [undefined, 'waiting for its turn'],
    [0, 'waiting, next in line'],
    [1, 'waiting, 1 other is before it'],
    [3, 'waiting, 3 others are before it'],
  ])('says while it waits how many are before it: %s', (before, words) => {
    const probes: ShownProbe[] = [{ id: 'a', title: 'Disk', state: 'pending' }]
    const message = runningMessage(view(run({ state: 'queued' }), { probes, before }))
    expect(message.text).toBe(`⏳ db on host1: ${words}`)
    expect(message.blocks[0]).toMatchObject({ title: `db on host1: ${words}` })
  })

  describe('of many probes', () => {
    /** 46 of the first look and 14 that it may ask for; `states` of those that are further than the others. */
    const drawn = (
      others: ShownProbe['state'],
      states: Readonly<Record<string, ShownProbe['state']>> = {},
      note = 'not allowed',
    ) => {
      const probes = Array.from({ length: 60 }, (_, i): ShownProbe => {
        const conditional = i >= 46
        const state = states[`P${i}`] ?? (conditional ? 'pending' : others)
        return {
          id: `p${i}`,
          title: `P${i}`,
          conditional,
          state,
          ...(state === 'failed' ? { note } : {}),
        }
      })
      return plan(probes)
    }
    const lines = (...of: Parameters<typeof drawn>) =>
      drawn(...of).tasks.map((task) => `${task.status} ${task.title}`)

    it('says how far each look is, and not each probe', () => {
      expect(lines('pending')).toEqual([
        'pending First look: 0 of 46',
        'pending Closer looks, if they are needed',
      ])
      expect(lines('running', { P3: 'done', P4: 'done' })).toEqual([
        'in_progress First look: 2 of 46',
        'pending Closer looks, if they are needed',
      ])
    })

    it('names what is waited for once that is little, and what gave no answer', () => {
      expect(lines('done', { P7: 'running', P9: 'running', P11: 'failed' })).toEqual([
        'in_progress First look: 44 of 46, waiting for P7, P9',
        'pending Closer looks, if they are needed',
        'error Without an answer: P11 (not allowed)',
      ])
      const failed = Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`P${i}`, 'failed'] as const))
      expect(lines('done', failed).at(-1)).toBe(
        'error Without an answer: P1 (not allowed), P2 (not allowed), P3 (not allowed) and 2 more',
      )
    })

    it('does not say twice that there is no answer', () => {
      expect(lines('done', { P7: 'failed', P8: 'failed' }, 'no answer').at(-1)).toBe(
        'error Without an answer: P7, P8',
      )
    })

    it('counts in its title what is asked, and no closer look before it is needed', () => {
      expect(drawn('done', { P3: 'running' }).title).toBe('db on host1: 45 of 46 probes')
      expect(drawn('done', { P46: 'running', P47: 'skipped' }).title).toBe('db on host1: 46 of 47 probes')
    })

    it('counts of the closer looks those that were asked for', () => {
      const skipped = Object.fromEntries(
        Array.from({ length: 12 }, (_, i) => [`P${48 + i}`, 'skipped'] as const),
      )
      expect(lines('done', { ...skipped, P46: 'done', P47: 'running' })).toEqual([
        'complete First look: 46 of 46',
        'in_progress Closer looks: 1 of 2, waiting for P47',
      ])
      expect(lines('done', { ...skipped, P46: 'done', P47: 'done' }).at(-1)).toBe(
        'complete Closer looks: 2 of 2',
      )
    })

    it('keeps the place of each line', () => {
      const ids = ['pending', 'running', 'done'].map((state) =>
        plan(
          Array.from({ length: 9 }, (_, i) => ({
            id: `p${i}`,
            title: 'P',
            state: state as ShownProbe['state'],
          })),
        ).tasks.map((task) => (task as { task_id?: string }).task_id),
      )
      expect(ids).toEqual([['task_0'], ['task_0'], ['task_0']])
    })
  })

  it('can be cancelled, unless it is checking whether a fix worked', () => {
    const shown = (parts: Partial<Run>) => toPlain(runningMessage(view(run({ state: 'running', ...parts }))))
    expect(shown({})).toContain('[Cancel]')
    expect(shown({ afterFix: true })).not.toContain('[Cancel]')
  })

  it('tells notifications how far it is', () => {
    const probes = [{ id: 'a', title: 'Disk', state: 'done' } as const]
    expect(runningMessage(view(run({ state: 'running' }), { probes })).text).toBe(
      '⏳ db on host1: running, 1 of 1 probes done',
    )
  })
})
