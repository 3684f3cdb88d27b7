import { randomBytes } from 'node:crypto'
import type { Fields } from './blocks/shape.ts'
import type { Deliver } from './delivery.ts'
import { deliverOverHttp } from './http/deliver.ts'
import { openResponseUrls } from './http/response-urls.ts'
import { listen, serve } from './http/server.ts'
import { type CallLog, openCallLog } from './state/call-log.ts'
import { openEphemerals } from './state/ephemerals.ts'
import { type Faults, openFaultBook } from './state/faults.ts'
import { openFiles, type SharedFile } from './state/files.ts'
import { openPanel, type Status } from './state/panel.ts'
import { openStreams } from './state/streams.ts'
import { type OpenedView, openViews, type View } from './state/views.ts'
import {
  CHANNELS,
  type Channel,
  named,
  openWorkspace,
  PEOPLE,
  type Person,
  SCOPES,
} from './state/workspace.ts'
import { openUserActions, type UserActions } from './user/actions.ts'
import { openScreen, type Screen } from './user/screen.ts'
import { openSocketMode } from './websocket/socket-mode.ts'

export interface FakeSlackOptions {
  /** How the bot is reached; default `socket`. */
  readonly mode?: 'socket' | 'http'
  /** More people, or other properties of those there are. */
  readonly users?: Readonly<Record<string, Person>>
  readonly channels?: Readonly<Record<string, Channel>>
  /** Of the bot; default: those of the manifest. */
  readonly scopes?: readonly string[]
  /** User groups: the names of their members by the group's id. */
  readonly groups?: Readonly<Record<string, readonly string[]>>
  /** The clock of triggers, response_urls and signatures. */
  readonly now?: () => number
  /** How long the bot may take to acknowledge; Slack's is 3,000. */
  readonly ackLimitMs?: number
}

type Ids<Name extends string> = Readonly<Record<Name, string>> & Readonly<Record<string, string>>

/** A Slack that the bot talks to as to the real one, and what people see and do in it. */
export interface FakeSlack extends UserActions, Screen, Pick<CallLog, 'calls' | 'waitFor'> {
  /** For `slackApiUrl`; ends in `/api/`. */
  readonly apiUrl: string
  /** The emulator's inspector page, for a browser. */
  readonly pageUrl: string
  readonly botToken: string
  readonly appToken: string
  readonly signingSecret: string
  readonly teamId: string
  readonly botUserId: string
  readonly users: Ids<keyof typeof PEOPLE | 'bot'>
  readonly channels: Ids<keyof typeof CHANNELS>
  readonly faults: Faults
  /** Where the bot listens, in HTTP mode: the full URL, `http://127.0.0.1:3000/slack/events`. */
  deliverTo(url: string): void
  /** How many sockets the bot holds open. */
  connections(): number
  openedViews(): readonly OpenedView[]
  /** Somebody's Home tab as it was published last. */
  home(user?: string): View | undefined
  /** What the panel suggests to somebody who has opened it, and what it said of the bot's work, oldest first. */
  prompts(channel: string): readonly Fields[]
  statuses(): readonly Status[]
  /** What the bot sent to response_urls and with acknowledgements. */
  privateAnswers(): readonly Fields[]
  files(): readonly SharedFile[]
  close(): Promise<void>
}

export async function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const { mode = 'socket', scopes = SCOPES, now = Date.now, ackLimitMs = 3_000 } = options
  const { server, origin } = await listen()
  const workspace = await openWorkspace({
    users: { ...PEOPLE, ...options.users },
    channels: { ...CHANNELS, ...options.channels },
    scopes,
    origin,
  })
  const tokens = { bot: `xoxb-${secret()}`, app: `xapp-1-${workspace.appId}-${secret()}` }
  const signingSecret = secret()
  const callLog = openCallLog(now)
  const faults = openFaultBook()
  const { refusedBlocks } = faults
  const sockets = openSocketMode({
    appId: workspace.appId,
    ackLimitMs,
    refuses: faults.takeSocketRefusal,
    changed: callLog.changed,
  })
  const views = openViews(workspace, refusedBlocks, now)
  const files = openFiles()
  const ephemerals = openEphemerals(now)
  const streams = openStreams(workspace, refusedBlocks, now)
  const panel = openPanel()
  const urls = openResponseUrls({ origin, workspace, ephemerals, refusedBlocks, now })
  const groups = Object.fromEntries(
    Object.entries(options.groups ?? {}).map(([group, names]) => [
      group,
      names.map((name) => named(workspace.users, name, 'user').id),
    ]),
  )
  const socketUrl = () => origin.replace('http:', 'ws:') + sockets.ticket()
  const slack = { workspace, views, files, ephemerals, streams, panel, groups, refusedBlocks, socketUrl }
  serve(server, { slack, tokens, callLog, faults, urls })
  server.on('upgrade', sockets.upgrade)

  let target: string | undefined
  const deliver = (): Deliver => {
    if (mode === 'socket') return sockets.deliver
    if (target === undefined) throw new Error('HTTP mode: call deliverTo(url) with the URL of the bot first')
    return deliverOverHttp({ url: target, signingSecret, ackLimitMs, now })
  }
  const userActions = openUserActions({
    workspace,
    views,
    ephemerals,
    urls,
    now,
    takeDuplicate: faults.takeDuplicate,
    async deliver(delivery) {
      const acknowledged = await deliver()(delivery)
      callLog.changed()
      return acknowledged
    },
  })
  return {
    ...userActions,
    ...openScreen(workspace, ephemerals),
    calls: callLog.calls,
    waitFor: callLog.waitFor,
    apiUrl: `${origin}/api/`,
    pageUrl: `${origin}/`,
    botToken: tokens.bot,
    appToken: tokens.app,
    signingSecret,
    teamId: workspace.teamId,
    botUserId: workspace.botUserId,
    users: { ...Object.fromEntries(workspace.users), bot: workspace.botUserId } as FakeSlack['users'],
    channels: Object.fromEntries(workspace.channels) as FakeSlack['channels'],
    faults: { ...faults.faults, dropSocket: sockets.drop, recycleSocket: sockets.recycle },
    deliverTo: (url) => {
      target = url
    },
    connections: sockets.connections,
    openedViews: views.opened,
    home: (user = 'ana') => views.home(named(workspace.users, user, 'user').id),
    prompts: panel.prompts,
    statuses: panel.statuses,
    privateAnswers: urls.sent,
    files: files.shared,
    async close() {
      sockets.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await workspace.close()
    },
  }
}

const secret = (): string => randomBytes(16).toString('hex')
