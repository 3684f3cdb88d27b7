import { randomUUID } from 'node:crypto'
import { readPolicy } from '../../../src/access/load-policy.ts'
import type { Report } from '../../../src/findings/report.ts'
import type { Capabilities } from '../../../src/handlers/capabilities.ts'
import { type EntryPoint, guard, type SlackRequest } from '../../../src/handlers/guard.ts'
import { problemKeysOf } from '../../../src/runs/problem-keys.ts'
import type { Run } from '../../../src/runs/run.ts'
import { claimRun, finishRun } from '../../../src/runs/run-lease.ts'
import { createRun, getRun } from '../../../src/runs/run-store.ts'
import type { Message } from '../../../src/slack/message.ts'
import type { UploadedFile } from '../../../src/slack/transport/files.ts'
import type { Reply } from '../../../src/slack/transport/find-message.ts'
import { toPlain } from '../../../src/slack/transport/plain-text.ts'
import { type AuditEntry, appendAudit } from '../../../src/store/audit/audit.ts'
import type { Db } from '../../../src/store/db.ts'
import { makeMentionWorld, member } from '../mentions/mention-world.ts'

/** Everybody may read `db`; U07EVE and nobody else may read `service`; nobody may read anything on host2. */
export const policy = readPolicy(
  'access.yml',
  `version: 1
rules:
  - { effect: allow, users: all, actions: [read], topics: [db] }
  - { effect: allow, users: [U07EVE], actions: [read] }
  - { effect: deny, users: all, actions: [read], hosts: [host2] }`,
  { topics: ['db', 'service'], hosts: ['host1', 'host2'], hostGroups: new Map() },
)

export interface HistoryWorld {
  readonly bot: Capabilities
  readonly rows: AuditEntry[]
  /** Where people ask, what they said in any thread (undefined: Slack does not say it), and which files were sent. */
  readonly thread: {
    channel: string
    said: readonly Reply[] | undefined
    readonly files: (UploadedFile & { readonly channel: string })[]
  }
  /** What somebody is answered who comes by an entry point, past its guard. */
  asks(
    who: string,
    text: string,
    way: EntryPoint,
    handle: (request: SlackRequest) => Promise<Message | undefined>,
  ): Promise<string>
}

/** U8 is a guest; every other user is a full member. */
export function makeHistoryWorld(db: Db): HistoryWorld {
  if (!policy.ok) throw new Error('a broken policy')
  const { bot: plain } = makeMentionWorld(db, { policy: policy.policy })
  const rows: AuditEntry[] = []
  const thread: HistoryWorld['thread'] = { channel: 'C9', said: [], files: [] }
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
      person: async (id: string) => ({ ...member, id, guest: id === 'U8' }),
      displayName: async (id: string) => `name of ${id}`,
      delivery: {
        ...plain.slack.delivery,
        replies: async () => thread.said,
        upload: async ({ channel }: { channel: string }, file: UploadedFile) => {
          thread.files.push({ channel, ...file })
          return { ok: true, fileId: 'F1' }
        },
      } as unknown as Capabilities['slack']['delivery'],
    },
    redactor: { text: (text) => text.replaceAll('hunter_2', '[redacted]'), output: String },
  }
  return {
    bot,
    rows,
    thread,
    async asks(user, text, way, handle) {
      const caller = {
        team: 'T1',
        user,
        channel: thread.channel,
        responseUrl: null,
        trigger: randomUUID(),
        text,
      }
      const answer = await guard(bot, way, caller, handle)
      return answer ? toPlain(answer) : ''
    },
  }
}

let minutes = -5_000

/** Of team T1; each is asked for a minute after the one before it. */
export async function ran(
  db: Db,
  report: Report | 'unreachable',
  { topic = 'db', host = 'host1', channel = 'C1', team = 'T1' } = {},
): Promise<Run> {
  const actor = { kind: 'user', id: 'U1' } as const
  const { id } = await db.tx((tx) =>
    createRun(tx, { team, actor, topic, host, production: true, channel, responseUrl: null }),
  )
  const run = (await claimRun(db, id, 'w')) as Run
  const failure = { hop: host, stage: 'network', reason: 'no answer', remedy: 'look' } as const
  const ending =
    report === 'unreachable'
      ? ({ state: 'failed', failure, problemKeys: [`${team}:${host}:unreachable.network:${host}`] } as const)
      : ({
          state: 'done',
          report: { ...report, topic, host },
          problemKeys: problemKeysOf(run, report),
        } as const)
  await finishRun(db, { runId: id, epoch: run.epoch }, ending)
  await db.query(
    `UPDATE debvisor.runs SET created_at = now() + make_interval(mins => $2), started_at = now() + make_interval(mins => $2),
       ended_at = now() + make_interval(mins => $2, secs => 5) WHERE id = $1`,
    [id, minutes++],
  )
  return (await getRun(db, id)) as Run
}
