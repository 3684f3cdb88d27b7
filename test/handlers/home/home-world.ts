import type { HomeView } from '@slack/types'
import { readPolicy } from '../../../src/access/load-policy.ts'
import type { Capabilities } from '../../../src/handlers/capabilities.ts'
import type { Caller } from '../../../src/handlers/guard.ts'
import { answerOnHome, drawHome } from '../../../src/handlers/home/draw-home.ts'
import type { Message } from '../../../src/slack/message.ts'
import { toPlain } from '../../../src/slack/transport/plain-text.ts'
import type { AuditEntry } from '../../../src/store/audit/audit.ts'
import { appendAudit } from '../../../src/store/audit/audit.ts'
import type { Db } from '../../../src/store/db.ts'
import { makeMentionWorld, member } from '../mentions/mention-world.ts'

export interface HomeWorld {
  readonly bot: Capabilities
  readonly rows: AuditEntry[]
  /** Modals that were opened, as people read them. */
  readonly modals: string[]
  /** Slack takes no trigger any more. */
  readonly triggers: { areLate: boolean }
  /** What is on the tab, as whoever opens it reads it. */
  opens(user: string, team?: string): Promise<string>
  /** The same after a click that was answered so. */
  clicks(user: string, answer: Message | undefined): Promise<string>
  /** The tab as it was drawn last. */
  tab(): HomeView
}

/** U8 is a guest; U9 a stranger; U7 may do nothing; U6 may read and diagnose on host1 alone; all others anything. */
export const homePolicy = (hosts: readonly string[]) =>
  readPolicy(
    'access.yml',
    `version: 1
rules:
  - { effect: allow, users: all, actions: [read, diagnose, escalate, page, fix, approve] }
  - { effect: deny, users: [U07NONE], actions: [read, diagnose, escalate, page, fix, approve] }
  - { effect: deny, users: [U06ONE], actions: [read, diagnose, escalate, page, fix, approve], hosts: [${hosts.filter((host) => host !== 'host1').join(', ')}] }`,
    { topics: ['db', 'service'], hosts: [...hosts], hostGroups: new Map() },
  )

export function makeHomeWorld(db: Db, hosts: readonly string[] = ['host1', 'host2', 'host3']): HomeWorld {
  const read = homePolicy(hosts)
  if (!read.ok) throw new Error('a broken policy')
  const { bot: plain } = makeMentionWorld(db, { hosts, policy: read.policy })
  const rows: AuditEntry[] = []
  const modals: string[] = []
  const triggers = { areLate: false }
  let drawn: HomeView | undefined
  const bot: Capabilities = {
    ...plain,
    store: {
      ...plain.store,
      audit: (tx, entry) => {
        rows.push(entry)
        return appendAudit(tx, entry)
      },
    },
    slack: {
      ...plain.slack,
      person: async (id: string) => ({
        ...member,
        id,
        guest: id === 'U08GUEST',
        stranger: id === 'U09OTHER',
      }),
      displayName: async (id: string) => id,
      delivery: {
        ...plain.slack.delivery,
        permalink: async (channel: string, ts: string) => `https://x.slack.com/${channel}/${ts}`,
        publishHome: async (_: string, view: HomeView) => {
          drawn = view
          return { ok: true }
        },
        openView: async (_: string, view: { blocks: Message['blocks'] }) => {
          if (triggers.areLate) return { ok: false, reason: 'refused', detail: 'expired_trigger_id' }
          modals.push(toPlain({ text: '', blocks: view.blocks }))
          return { ok: true, viewId: 'V1' }
        },
      } as unknown as Capabilities['slack']['delivery'],
    },
  }
  const shown = () => toPlain({ text: '', blocks: drawn?.blocks ?? [] } as Message)
  const caller = (user: string, team = 'T1'): Caller => ({
    ...{ team, user, channel: 'D1', responseUrl: null, trigger: 'Ev1', text: '' },
  })
  return {
    bot,
    rows,
    modals,
    triggers,
    async opens(user, team) {
      await drawHome(bot, caller(user, team))
      return shown()
    },
    async clicks(user, answer) {
      await answerOnHome(bot, { ...caller(user), channel: '' }, answer)
      return shown()
    },
    tab: () => drawn as HomeView,
  }
}
