import { beforeEach, describe, expect, it } from 'vitest'
import type { Person } from '../../src/access/authorize.ts'
import { readPolicy } from '../../src/access/load-policy.ts'
import { type Caller, type GuardCapabilities, guard, type SlackRequest } from '../../src/handlers/guard.ts'
import {
  directMessageEntry,
  forms,
  homeEntry,
  hostMenuEntry,
  httpEntryPoints,
  mentionEntry,
  openers,
  promptsEntry,
  routes,
  shortcuts,
} from '../../src/handlers/routes.ts'
import { makeLogger } from '../../src/redact/logger.ts'
import { actionIds } from '../../src/slack/messages/action-ids.ts'
import { noticeMessage } from '../../src/slack/messages/command-answers.ts'
import type { Workspace } from '../../src/slack/workspace/workspace.ts'
import type { AuditEntry } from '../../src/store/audit/audit.ts'
import type { Queryable } from '../../src/store/db.ts'
import type { Store } from '../../src/store/store.ts'

const guest: Person = { id: 'U2', team: 'T1', deleted: false, bot: false, guest: true, stranger: false }
const logged: string[] = []
const rows: AuditEntry[] = []
/** A transaction, the audit, and the names of deliveries, each of which is new. */
const store = {
  query: async () => ({ rows: [], rowCount: 1 }),
  tx: (work: (tx: Queryable) => Promise<unknown>) => work(store),
  audit: async (_tx: Queryable, entry: AuditEntry) => void rows.push(entry),
} as unknown as Store
const slack = {
  memberships: async () => new Map(),
  person: async (user: string) => (user === 'U1' ? { ...guest, id: 'U1', guest: false } : guest),
} as unknown as Workspace
const bot: GuardCapabilities = {
  store,
  slack,
  access: { homeTeam: 'T1' },
  log: makeLogger('trace', (text) => text, { write: (line) => void logged.push(line) }),
}
/** Whatever a member may do, others may not. */
const everything = readPolicy(
  'access.yml',
  'version: 1\nrules: [{ effect: allow, users: all, actions: [read, diagnose, escalate, page, fix, approve] }]',
  { topics: [], hosts: [], hostGroups: new Map() },
)
const openTo: GuardCapabilities = {
  ...bot,
  access: { homeTeam: 'T1', ...(everything.ok ? { policy: everything.policy } : {}) },
}
const caller = (user: string, team = 'T1'): Caller => ({
  team,
  user,
  channel: 'C1',
  responseUrl: null,
  trigger: 't',
  text: '',
})

const [saved = { name: '', action: 'escalate' as const }] = forms

describe('every way in', () => {
  it.each(
    [
      ...routes,
      ...openers,
      ...shortcuts,
      ...forms,
      mentionEntry,
      directMessageEntry,
      hostMenuEntry,
      homeEntry,
      promptsEntry,
    ].map((way) => [way.name, way] as const),
  )('%s turns a guest away before anything is done', async (_name, way) => {
    let entered = false
    const answer = await guard(openTo, way, caller('U2'), async () => {
      entered = true
      return undefined
    })
    expect(entered).toBe(false)
    expect(answer?.text).toMatch(/^Guests may not/)
    expect(rows.splice(0)).toEqual([
      {
        team: 'T1',
        actor: 'U2',
        door: way.name,
        action: way.action,
        decision: 'refused',
        host: null,
        topic: null,
        target: null,
        asked: '',
        reason: answer?.text,
      },
    ])
  })

  it('to page from a form takes the right to page, and none to escalate', async () => {
    const read = readPolicy(
      'access.yml',
      'version: 1\nrules: [{ effect: allow, users: all, actions: [page] }]',
      { topics: ['db'], hosts: ['host1'], hostGroups: new Map() },
    )
    if (!read.ok) throw new Error('a broken policy')
    const pageOnly: GuardCapabilities = { ...bot, access: { homeTeam: 'T1', policy: read.policy } }
    const form = forms.find(({ name }) => name === 'page_override') ?? saved
    const allowed: boolean[] = []
    await guard(pageOnly, form, caller('U1'), async (request) => {
      for (const action of ['page', 'escalate'] as const)
        allowed.push((await request.permit(action, { host: 'host1', topic: 'db' })).allowed)
      return undefined
    })
    expect(allowed).toEqual([true, false])
    rows.splice(0)
  })

  it('has a button for each action id that messages carry, and no other', () => {
    const buttons = [...routes.filter((r) => r.kind === 'button'), ...openers].map((r) => r.name)
    expect(buttons.sort()).toEqual(Object.values(actionIds).sort())
  })

  it('on HTTP is the health, the metrics for a scraper, and what Slack, PagerDuty and senders of alerts prove', () => {
    expect(Object.values(httpEntryPoints).map((way) => way.action)).toEqual([
      'health',
      'health',
      'health',
      'metrics',
      'receive',
      'receive',
      'receive',
    ])
  })
})

describe('the audit', () => {
  beforeEach(() => rows.splice(0))
  const way = { name: '/debvisor', action: 'ask' } as const
  const refusing = {
    ...bot,
    store: { ...store, audit: () => Promise.reject(new Error('the store is full')) },
  }

  it('gets one row of a request without an effect, before its answer is given', async () => {
    const answer = await guard(bot, way, caller('U1'), async () => noticeMessage('the hosts'))
    expect(answer?.text).toBe('the hosts')
    expect(rows).toMatchObject([{ actor: 'U1', action: 'ask', decision: 'allowed', target: null }])
    const unwritten = await guard(refusing, way, caller('U1'), async () => noticeMessage('the hosts'))
    expect(unwritten?.text).toMatch(/broke on our side/)
  })

  it('gets one row of a request with an effect: the one that its handler wrote beside it', async () => {
    await guard(bot, way, caller('U1'), async (request) => {
      const permit = await request.permit('diagnose', { host: 'host1', topic: 'db' })
      if (permit.allowed) await permit.audit(store, 'run 7K2Q')
      return undefined
    })
    const row = { action: 'diagnose', decision: 'allowed', host: 'host1', topic: 'db', target: 'run 7K2Q' }
    expect(rows).toMatchObject([row])
  })

  it('gets one row of what a handler refused, and a refusal stands where it cannot be written down', async () => {
    const approve = async (request: SlackRequest) => {
      const permit = await request.permit('approve', { host: 'host1' })
      return noticeMessage(permit.allowed ? 'approved' : permit.reason)
    }
    const said = 'Nobody may approve a fix: there is no policy file that allows it.'
    expect((await guard(bot, way, caller('U1'), approve))?.text).toBe(said)
    expect(rows).toMatchObject([{ action: 'approve', decision: 'refused', host: 'host1', reason: said }])
    expect((await guard(refusing, way, caller('U1'), approve))?.text).toBe(said)
    expect((await guard(refusing, way, caller('U2'), approve))?.text).toMatch(/^Guests may not/)
  })
})

describe('user groups', () => {
  it('are those that the policy names, and looked up afresh before a change only', async () => {
    const asked: unknown[] = []
    const read = readPolicy(
      'access.yml',
      'version: 1\nrules: [{ effect: allow, usergroups: [S0OPS], actions: [diagnose, fix] }]',
      { topics: ['db'], hosts: ['host1'], hostGroups: new Map() },
    )
    if (!read.ok) throw new Error('a broken policy')
    const allowed: boolean[] = []
    const withPolicy: GuardCapabilities = {
      ...bot,
      access: { homeTeam: 'T1', policy: read.policy },
      slack: {
        ...slack,
        memberships: async (_user, of, fresh) => {
          asked.push([...of, fresh])
          // Since the request came in, the user was taken out of the group.
          return new Map([['S0OPS', !fresh]])
        },
      },
    }
    await guard(withPolicy, { name: '/debvisor', action: 'ask' }, caller('U1'), async (request) => {
      for (const action of ['diagnose', 'fix'] as const) {
        allowed.push((await request.permit(action, { host: 'host1', topic: 'db' })).allowed)
      }
      return undefined
    })
    expect(asked).toEqual([
      ['S0OPS', false],
      ['S0OPS', true],
    ])
    expect(allowed).toEqual([true, false])
  })
})

describe('a handler that fails', () => {
  it('tells its user, logs the error, and leaves the bot up', async () => {
    const answer = await guard(bot, saved, caller('U1'), () => Promise.reject(new Error('disk on fire')))
    expect(answer?.text).toMatch(/broke on our side/)
    expect(logged.join('')).toContain('disk on fire')
  })

  it('counts a person whom Slack did not describe as nobody', async () => {
    const unknown = { ...bot, slack: { ...slack, person: async () => undefined } }
    const answer = await guard(unknown, saved, caller('U9'), async () => undefined)
    expect(answer?.text).toMatch(/did not say who you are/)
  })
})
