import { createEmulator } from 'emulate'
import { type Fields, isFields } from '../blocks/shape.ts'
import { type Answer, refusal } from './api.ts'

/** What Slack's users.info tells of a person, as far as it differs from an ordinary member. */
export interface Person {
  readonly real_name?: string
  readonly is_admin?: boolean
  /** A guest of several channels. */
  readonly is_restricted?: boolean
  /** A guest of one channel. */
  readonly is_ultra_restricted?: boolean
  /** From another workspace, through a shared channel. */
  readonly is_stranger?: boolean
  readonly team_id?: string
  readonly deleted?: boolean
}

export interface Channel {
  /** Whether the bot was invited. */
  readonly bot: boolean
  readonly private?: boolean
}

export const PEOPLE = {
  ana: { real_name: 'Ana Lima' },
  bo: { real_name: 'Bo Berg' },
  lead: { real_name: 'Lena Devlin', is_admin: true },
  guest: { real_name: 'Gus Guest', is_restricted: true },
  visitor: { real_name: 'Vi Visitor', is_restricted: true, is_ultra_restricted: true },
  stranger: { real_name: 'Stan Strange', is_stranger: true, team_id: 'T0FOREIGN1' },
  former: { real_name: 'Fay Former', deleted: true },
} as const satisfies Record<string, Person>

export const CHANNELS = {
  incidents: { bot: true },
  random: { bot: false },
  'war-room': { bot: false, private: true },
} as const satisfies Record<string, Channel>

/** What the workspace granted the bot: what manifest.yml asks for. */
export const SCOPES: readonly string[] =
  `commands app_mentions:read assistant:write chat:write files:write users:read im:write
  channels:history groups:history im:history usergroups:read`.split(/\s+/)

/** What people can do, and so the fake Slack in their names: read everything, invite, join. */
const EVERYTHING: readonly string[] = [
  ...SCOPES,
  ...`channels:read groups:read channels:write groups:write im:read files:read users:read.email`.split(' '),
]

export interface Workspace {
  readonly teamId: string
  readonly teamDomain: string
  readonly appId: string
  readonly botId: string
  readonly botUserId: string
  /** Ids by name. */
  readonly users: ReadonlyMap<string, string>
  readonly channels: ReadonlyMap<string, string>
  /** By id. */
  readonly people: ReadonlyMap<string, Person>
  readonly scopes: readonly string[]
  /** With the bot's own scopes. */
  asBot(method: string, args: Fields): Promise<Answer>
  /** The bot with every scope: what can be seen on the screen. */
  asReader(method: string, args: Fields): Promise<Answer>
  /** A person, by name; `admin` is in every channel. */
  asPerson(name: string, method: string, args: Fields): Promise<Answer>
  /** A path of the emulator that is no API method: an upload, a file, its inspector page. */
  fetch(path: string, init: RequestInit): Promise<Response>
  close(): Promise<void>
}

export interface WorkspaceSeed {
  readonly users: Readonly<Record<string, Person>>
  readonly channels: Readonly<Record<string, Channel>>
  readonly scopes: readonly string[]
  /** Where links that Slack hands out must lead. */
  readonly origin: string
}

const TEAM = { name: 'DebVisor', domain: 'debvisor' }
const APP = { appId: 'A0DEBVISOR', botId: 'B0DEBVISOR', botUserId: 'U0DEBVISOR', botName: 'debvisor' }

/** The emulator answers a token 5,000 times an hour: each call takes the next of these. */
const TOKENS = 20
const tokenOf = (who: string, turn: number) => `xoxb-${who}-${turn % TOKENS}`

/**
 * Each call has a connection of its own. On a busy machine the emulator closes a kept one after its 5 s just as the next
 * call is written to it.
 */
const CLOSING = { connection: 'close' } as const

/** Whatever is no answer of Slack's API is told in full: it is a defect of the emulator, or of how we call it. */
function answerOf(method: string, status: number, body: string): Answer {
  try {
    return JSON.parse(body) as Answer
  } catch {
    throw new Error(`the emulator answered ${method} with ${status}: ${body.slice(0, 200)}`)
  }
}

/** The published emulator, seeded: it keeps the messages, threads, files and views. */
export async function openWorkspace(seed: WorkspaceSeed): Promise<Workspace> {
  const emulator = await createEmulator({ service: 'slack', port: 0, seed: { slack: seedOf(seed) } })
  const inside = `http://127.0.0.1:${new URL(emulator.url).port}`
  let turn = 0
  const call = async (who: string, method: string, args: Fields): Promise<Answer> => {
    const response = await fetch(`${inside}/api/${method}`, {
      method: 'POST',
      headers: {
        ...CLOSING,
        authorization: `Bearer ${tokenOf(who, turn++)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(args),
    })
    if (response.status === 404) return refusal('unknown_method', { req_method: method })
    return answerOf(method, response.status, (await response.text()).replaceAll(emulator.url, seed.origin))
  }
  /** What the workspace cannot do without: a refusal here would show much later, as something else. */
  const asAdmin = async (method: string, args: Fields) => {
    const answer = await call('admin', method, args)
    if (!answer.ok) throw new Error(`the emulator refused ${method} at the start: ${answer.error}`)
    return answer
  }
  const listed = await asAdmin('conversations.list', { types: 'public_channel,private_channel', limit: 1000 })
  const channels = idsByName(listed.channels)
  const users = idsByName((await asAdmin('users.list', { limit: 1000 })).members)
  for (const [name, channel] of Object.entries(seed.channels)) {
    if (channel.bot)
      await asAdmin('conversations.invite', { channel: channels.get(name), users: APP.botUserId })
  }
  return {
    ...APP,
    teamId: 'T000000001',
    teamDomain: TEAM.domain,
    users,
    channels,
    people: new Map(Object.entries(seed.users).map(([name, person]) => [users.get(name) ?? name, person])),
    scopes: seed.scopes,
    asBot: (method, args) => call('bot', method, args),
    asReader: (method, args) => call('reader', method, args),
    asPerson: call,
    fetch: (path, init) => fetch(inside + path, { ...init, headers: { ...CLOSING, ...init.headers } }),
    close: () => emulator.close(),
  }
}

function idsByName(items: unknown): ReadonlyMap<string, string> {
  const named = Array.isArray(items) ? items.filter(isFields) : []
  return new Map(named.map((item) => [String(item.name), String(item.id)]))
}

function seedOf(seed: WorkspaceSeed): Fields {
  const tokens = (who: string, user: string, scopes: readonly string[]) =>
    Array.from({ length: TOKENS }, (_, turn) => ({
      token: tokenOf(who, turn),
      type: 'bot',
      user,
      scopes,
      ...(user === APP.botUserId ? { app_id: APP.appId, bot_id: APP.botId } : {}),
    }))
  return {
    team: TEAM,
    users: Object.entries(seed.users).map(([name, person]) => ({ name, ...person })),
    channels: Object.entries(seed.channels).map(([name, channel]) => ({ name, is_private: channel.private })),
    oauth_apps: [
      {
        client_id: '1.1',
        client_secret: 'unused',
        redirect_uris: [],
        name: 'DebVisor',
        scopes: seed.scopes,
        app_id: APP.appId,
        bot_id: APP.botId,
        bot_user_id: APP.botUserId,
        bot_name: APP.botName,
      },
    ],
    tokens: [
      ...tokens('bot', APP.botUserId, seed.scopes),
      ...tokens('reader', APP.botUserId, EVERYTHING),
      ...['admin', ...Object.keys(seed.users)].flatMap((name) => tokens(name, name, EVERYTHING)),
    ],
    strict_scopes: true,
  }
}

/** A person or channel by name or id; direct messages have no name: Slack calls them `directmessage`. */
export function named(
  ids: ReadonlyMap<string, string>,
  nameOrId: string,
  what: string,
): { readonly id: string; readonly name: string } {
  const id = ids.get(nameOrId)
  if (id) return { id, name: nameOrId }
  const known = [...ids].find(([, each]) => each === nameOrId)?.[0]
  if (known) return { id: nameOrId, name: known }
  if (/^D[A-Z0-9]{8,}$/.test(nameOrId)) return { id: nameOrId, name: 'directmessage' }
  throw new Error(`there is no ${what} ${nameOrId}; there are ${[...ids.keys()].join(', ')}`)
}
