import fc from 'fast-check'
import { expect, it } from 'vitest'
import { viewProblems } from '../../../../playground/slack/state/views.ts'
import type { Fix } from '../../../../src/fixes/fix-store.ts'
import { noticeMessage } from '../../../../src/slack/messages/command-answers.ts'
import { homeTab, sentenceTab } from '../../../../src/slack/messages/home/home.ts'
import type { HomeView } from '../../../../src/slack/messages/home/home-view.ts'
import { anyEscalation, anyView, at } from '../sample-views.ts'
import { ticketView } from '../ticket/sample-tickets.ts'

const url = 'https://x.slack.com/archives/C1/p1'
const many = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at))

const fix = (at: number, said: string): Fix =>
  ({
    ...{ id: `0b6f2c9e-7f3a-4c11-9a55-0c5a8a5f7f3${at}`, host: said, title: said, effect: said, risk: said },
    ...{
      requester: 'U01ANA',
      state: 'awaiting-approval',
      expiresAt: new Date(0),
      results: [],
      touches: null,
    },
    steps: many(8, () => ({ as: 'root', argv: ['x'], text: said, timeoutMs: 1 })),
  }) as unknown as Fix

it('the Home tab fits what Slack takes, whatever hosts answered and people wrote', () => {
  fc.assert(
    fc.property(anyView, anyEscalation(2), anyEscalation(3), (any, lead, page) => {
      const { run, solved } = any
      const said = (run.host || 'host1').repeat(3)
      const seen = { run, solved, url }
      const { ticket } = ticketView('## Summary', { title: said, assignee: 'U01BO' })
      const view: HomeView = {
        at,
        fixes: { shown: many(3, (each) => fix(each, said)), more: 4 },
        escalations: {
          shown: [lead, page, lead, page, lead].map((escalation, at) => ({
            ...{ id: `${run.id}${at}`, host: run.host, topic: run.topic, escalation, isTheirs: true, url },
          })),
          more: 1e6,
        },
        hosts: {
          shown: [
            ...many(4, () => ({ host: said, last: seen })),
            ...many(4, () => ({ host: said, last: undefined })),
          ],
          more: { notHealthy: 1e6, healthy: 1e6, unseen: 1e6 },
        },
        tickets: { shown: many(5, () => ({ ticket, url })), more: 7 },
        runs: many(5, () => seen),
        onCall: {
          ok: true,
          more: true,
          turns: many(20, () => ({
            name: 'n'.repeat(99),
            level: 1,
            policy: said,
            schedule: said,
            until: at,
          })),
        },
      }
      const tab = homeTab(view, noticeMessage('`x` '.repeat(900)))
      expect(viewProblems(JSON.parse(JSON.stringify(tab)), 'home', new Set())).toEqual([])
      // What a host or a person wrote is never markup.
      expect(JSON.stringify(tab)).not.toContain('"type":"mrkdwn"')
      // What waits for the reader is there, however long the rest is.
      expect(tab.blocks.length).toBeGreaterThan(20)
    }),
    { numRuns: 100 },
  )
  expect(viewProblems(sentenceTab(noticeMessage('You may not read.')), 'home', new Set())).toEqual([])
}, 60_000)
