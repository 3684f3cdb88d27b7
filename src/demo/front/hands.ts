import { randomUUID } from 'node:crypto'
import { find } from './clickable.ts'
import type { Acknowledged, Deliver, Parcel } from './deliver.ts'
import { type FormValues, filledIn } from './form.ts'
import { allMessages } from './history.ts'
import type { Message } from './messages.ts'
import type { Private } from './private.ts'
import {
  asReceived,
  type IssuedUrl,
  type Origin,
  type ReceivedResponse,
  type ResponseUrls,
} from './response-urls.ts'
import { type Fields, isFields } from './shape.ts'
import type { OpenedView, View, Views } from './views.ts'
import type { Workspace } from './workspace.ts'

/** What became of something that a person did. */
export interface Done {
  /** Milliseconds until the bot acknowledged; `status` 200 if it did, 0 if it did not. */
  readonly ackMs: number
  readonly status: number
  readonly error?: Acknowledged['error']
  /** The message that came with a command's acknowledgement. */
  readonly private?: ReceivedResponse
  /** What has come to its response_url so far. */
  responses(): readonly ReceivedResponse[]
}

export interface Submitted extends Done {
  /** Sentences under the fields, by block_id, when the bot refused the form; the modal is then still open. */
  readonly errors?: Readonly<Record<string, string>>
}

/** People and channels go by name (`ana`, `incidents`) or by id. */
export interface Hands {
  /** `diagnose db host1` or, with the slash, any command. */
  command(text: string, by?: { user?: string; channel?: string }): Promise<Done>
  click(button: Click): Promise<Done>
  submit(form: { view: string | View; values?: FormValues; user?: string }): Promise<Submitted>
  event(event: Fields): Promise<Done>
}

export interface Click {
  readonly channel: string
  readonly ts: string
  readonly actionId: string
  /** Where several things have this action_id. */
  readonly blockId?: string
  readonly value?: string
  readonly user?: string
  /** False: the person thinks better of it when asked to confirm. Nothing is sent then, and `status` is 0. */
  readonly confirm?: boolean
}

export interface HandsOptions {
  readonly workspace: Workspace
  readonly views: Views
  readonly private: Private
  readonly urls: ResponseUrls
  readonly deliver: Deliver
  takeDuplicate(): boolean
  now(): number
}

export function openHands(options: HandsOptions): Hands {
  const { workspace, views, urls } = options
  const common = { token: 'verification-token', api_app_id: workspace.appId, is_enterprise_install: false }
  const team = { id: workspace.teamId, domain: workspace.teamDomain }
  /** In a shared channel, Slack names the workspace of the person, not the bot's. */
  const teamOf = (person: { team_id: string }) =>
    person.team_id === team.id ? team : { id: person.team_id, domain: 'elsewhere' }

  const send = async (parcel: Parcel): Promise<Acknowledged> => {
    if (!options.takeDuplicate()) return options.deliver(parcel)
    const [first] = await Promise.all([options.deliver(parcel), options.deliver({ ...parcel, retry: 1 })])
    return first
  }
  const personOf = (user: string) => {
    const id = idOf(workspace.users, user, 'user')
    const name = [...workspace.users].find(([, each]) => each === id)?.[0] ?? user
    return { id, name, username: name, team_id: workspace.people.get(id)?.team_id ?? workspace.teamId }
  }

  return {
    async command(text, { user = 'ana', channel = 'incidents' } = {}) {
      const person = personOf(user)
      const room = idOf(workspace.channels, channel, 'channel')
      const [, command, rest] = /^(\/\S+)\s*([\s\S]*)$/.exec(text) ?? [text, '/debvisor', text]
      const origin: Origin = { user: person.id, channel: room }
      const url = urls.issue(origin)
      const acknowledged = await send({
        type: 'slash_commands',
        payload: {
          token: common.token,
          team_id: person.team_id,
          team_domain: teamOf(person).domain,
          channel_id: room,
          channel_name: nameOf(workspace.channels, room),
          user_id: person.id,
          user_name: person.name,
          command,
          text: rest,
          api_app_id: common.api_app_id,
          is_enterprise_install: 'false',
          response_url: url.url,
          trigger_id: views.trigger(person.id),
        },
      })
      return privately(urls, origin, acknowledged, url)
    },

    async click(button) {
      const person = personOf(button.user ?? 'ana')
      const channel = idOf(workspace.channels, button.channel, 'channel')
      const seen = await messageAt(options, channel, button.ts, person.id)
      const found = find(seen.message, button)
      if (found.asks && button.confirm === false) return { ackMs: 0, status: 0, responses: () => [] }
      const { ts, thread_ts } = seen.message
      const thread = thread_ts === undefined ? {} : { threadTs: thread_ts }
      const url = urls.issue({ user: person.id, channel, message: { ts, ...thread, private: seen.private } })
      const acknowledged = await send({
        type: 'interactive',
        payload: {
          ...common,
          type: 'block_actions',
          user: person,
          team: teamOf(person),
          enterprise: null,
          container: {
            type: 'message',
            message_ts: ts,
            channel_id: channel,
            is_ephemeral: seen.private,
            ...(thread_ts === undefined ? {} : { thread_ts }),
          },
          trigger_id: views.trigger(person.id),
          channel: { id: channel, name: nameOf(workspace.channels, channel) },
          ...(seen.private ? {} : { message: { team: team.id, ...seen.message } }),
          state: { values: {} },
          response_url: url.url,
          actions: [{ ...found.action, action_ts: `${(options.now() / 1000).toFixed(6)}` }],
        },
      })
      return done(acknowledged, url)
    },

    async submit({ view, values = {}, user }) {
      const opened = views.byId(typeof view === 'string' ? view : view.id)
      if (!opened) throw new Error('no such modal is open; see openedViews()')
      if (user !== undefined && personOf(user).id !== opened.user)
        throw new Error(`the modal is not open for ${user}`)
      const state = { values: filledIn(opened.view, values) }
      const person = personOf(opened.user)
      const acknowledged = await send({
        type: 'interactive',
        payload: {
          ...common,
          type: 'view_submission',
          team: teamOf(person),
          user: person,
          trigger_id: views.trigger(opened.user, opened.view.id),
          view: { ...opened.view, app_installed_team_id: team.id, state },
          response_urls: [],
        },
      })
      return answered(views, opened, acknowledged)
    },

    async event(event) {
      const event_ts = (options.now() / 1000).toFixed(6)
      const payload = {
        token: common.token,
        team_id: team.id,
        api_app_id: common.api_app_id,
        event: { event_ts, ...event },
        type: 'event_callback',
        event_id: `Ev${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`,
        event_time: Math.floor(options.now() / 1000),
        authorizations: [
          { team_id: team.id, user_id: workspace.botUserId, is_bot: true, enterprise_id: null },
        ],
      }
      return done(await send({ type: 'events_api', payload }))
    },
  }
}

function done({ body: _, ...acknowledged }: Acknowledged, url?: IssuedUrl): Done {
  return { ...acknowledged, responses: () => url?.responses() ?? [] }
}

/** A command's acknowledgement may carry a message: it is shown to the asker, or in the channel. */
async function privately(
  urls: ResponseUrls,
  origin: Origin,
  acknowledged: Acknowledged,
  url: IssuedUrl,
): Promise<Done> {
  const { body } = acknowledged
  if (body === undefined) return done(acknowledged, url)
  if (!isFields(body)) return done({ ...acknowledged, error: 'invalid_command_response' }, url)
  const shown = await urls.show(origin, body)
  if (!shown.ok) return done({ ...acknowledged, error: 'invalid_command_response' }, url)
  return { ...done(acknowledged, url), private: asReceived(body) }
}

/** What the answer to a submission does to the modal: docs.slack.dev/surfaces/modals. */
async function answered(views: Views, opened: OpenedView, acknowledged: Acknowledged): Promise<Submitted> {
  const { body } = acknowledged
  const reply = done(acknowledged)
  if (acknowledged.error) return reply
  const action = isFields(body) ? body.response_action : undefined
  if (!isFields(body) || action === undefined) {
    views.close(opened.view.id)
    return reply
  }
  if (action === 'clear') views.closeAll(opened.user)
  if (action === 'errors') return { ...reply, errors: body.errors as Record<string, string> }
  if (action !== 'update' && action !== 'push') return reply
  const shown = await views.apply(action, opened, body.view)
  return shown.ok ? reply : { ...reply, error: 'dispatch_failed' }
}

interface Seen {
  readonly message: Message
  readonly private: boolean
}

async function messageAt(options: HandsOptions, channel: string, ts: string, user: string): Promise<Seen> {
  const own = options.private.all().find((each) => each.ts === ts && each.to === user)
  if (own) return { message: own, private: true }
  const thread = await allMessages(options.workspace, 'conversations.replies', { channel, ts })
  const message = thread.find((each) => each.ts === ts)
  if (!message) throw new Error(`there is no message ${ts} in ${channel} that ${user} sees`)
  return { message, private: false }
}

export function idOf(ids: ReadonlyMap<string, string>, nameOrId: string, what: string): string {
  const known = ids.get(nameOrId)
  if (known) return known
  if ([...ids.values()].includes(nameOrId) || /^[CDGU][A-Z0-9]{8,}$/.test(nameOrId)) return nameOrId
  throw new Error(`there is no ${what} ${nameOrId}; there are ${[...ids.keys()].join(', ')}`)
}

const nameOf = (ids: ReadonlyMap<string, string>, id: string): string =>
  [...ids].find(([, each]) => each === id)?.[0] ?? 'directmessage'
