import { option } from '../blocks/elements.ts'
import { type Fields, isFields, list } from '../blocks/shape.ts'
import type { Acknowledged, Deliver, Delivery } from '../delivery.ts'
import type { Origin, ReceivedResponse, ResponseUrls } from '../http/response-urls.ts'
import type { Ephemerals } from '../state/ephemerals.ts'
import { isMessage } from '../state/messages.ts'
import type { OpenedView, View, Views } from '../state/views.ts'
import { named, type Workspace } from '../state/workspace.ts'
import { done, settle, showAck } from './acknowledged.ts'
import { find, messageFor } from './clickable.ts'
import { type FormValues, filledIn, filledSoFar, withMenu, withOptions } from './form.ts'
import {
  type Actor,
  appMention,
  blockActions,
  blockSuggestion,
  eventCallback,
  globalShortcut,
  messageShortcut,
  messageSuggestion,
  type Room,
  slashCommand,
  viewActions,
  viewSubmission,
} from './payloads.ts'

/** What became of something that a person did. */
export interface Done {
  /** Milliseconds until the bot acknowledged. */
  readonly ackMs: number
  /** 200 if it acknowledged, 0 if it did not; over HTTP also what it answered instead. */
  readonly status: number
  /** What Slack calls it. Absent where it was not sent, and of an event. */
  readonly trigger?: string
  /** It was delivered a second time, or will be. */
  readonly twice?: true
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

export interface Click {
  readonly channel: string
  readonly ts: string
  readonly actionId: string
  /** Where several things have this action_id. */
  readonly blockId?: string
  /** The button's value, where that tells it from others; of a menu, the value of the option to choose. */
  readonly value?: string
  readonly user?: string
  /** False: the person thinks better of it when Slack asks. Nothing is sent then, and `status` is 0. */
  readonly confirm?: boolean
  /** Sent in place of what the button has: somebody's own client, or a message that was there before. */
  readonly forged?: { readonly actionId?: string; readonly value?: string }
}

/**
 * What a person does. People and channels go by name (`ana`, `incidents`) or by id; ana in #incidents is
 * meant where none is named.
 */
export interface UserActions {
  /**
   * `diagnose db host1`, or with its slash any other command than /debvisor. The text goes out as it stands:
   * write what Slack makes of mentions and links (`<http://host1|host1>`).
   */
  command(text: string, by?: { readonly user?: string; readonly channel?: string }): Promise<Done>
  /** Rejects when that person would not find the button in that message. */
  click(button: Click): Promise<Done>
  /** A button in a modal or on a Home tab. Rejects when its reader would not find it there. */
  press(button: {
    readonly view: string | View
    readonly actionId: string
    /** Where several things have this action_id. */
    readonly blockId?: string
    readonly value?: string
    /** What was typed before. */
    readonly values?: FormValues
  }): Promise<Done>
  /** Rejects when Slack would not let the form be submitted. */
  submit(form: {
    readonly view: string | View
    readonly values?: FormValues
    readonly user?: string
  }): Promise<Submitted>
  /**
   * Writes `@debvisor diagnose db host1`, in a channel or a thread, and Slack tells the bot so, if it has the scope and is
   * there. `event`: what is otherwise in it, such as `edited`. Resolves with the message's ts too.
   */
  mention(
    text: string,
    by?: {
      readonly user?: string
      readonly channel?: string
      readonly threadTs?: string
      readonly event?: Fields
    },
  ): Promise<Done & { readonly ts: string }>
  /** Writes to the bot directly, in a thread where there is one; Slack tells the bot so, if it has the scope. */
  write(
    text: string,
    by?: { readonly user?: string; readonly threadTs?: string; readonly event?: Fields },
  ): Promise<Done & { readonly channel: string; readonly ts: string }>
  /** Chooses one of the app's shortcuts; with `ts`, of those of a message. */
  shortcut(
    callbackId: string,
    by?: { readonly user?: string; readonly channel?: string; readonly ts?: string },
  ): Promise<Done>
  /** Types into the menu of a modal whose options the bot knows: what it then offers. Rejects where Slack would refuse it. */
  options(menu: { readonly view: string | View; readonly typed?: string }): Promise<readonly string[]>
  /** The same of a menu in a message: the texts that it offers, with their values. A click chooses one by its value. */
  menu(
    menu: Pick<Click, 'channel' | 'ts' | 'actionId' | 'user'> & { readonly typed?: string },
  ): Promise<readonly { readonly text: string; readonly value: string }[]>
  /** Looks at the app: its Home tab, or what they and the bot wrote to each other. */
  openApp(by?: { readonly user?: string; readonly tab?: 'home' | 'messages' }): Promise<Done>
  /** An event of the Events API: `{ type: 'app_uninstalled' }`. */
  event(event: Fields): Promise<Done>
}

export interface UserActionsOptions {
  readonly workspace: Workspace
  readonly views: Views
  readonly ephemerals: Ephemerals
  readonly urls: ResponseUrls
  readonly deliver: Deliver
  takeDuplicate(): number | undefined
  now(): number
}

export function openUserActions(options: UserActionsOptions): UserActions {
  const { workspace, views, urls, now } = options
  const actorOf = (user: string): Actor => {
    const { id, name } = named(workspace.users, user, 'user')
    return { id, name, teamId: workspace.people.get(id)?.team_id ?? workspace.teamId }
  }
  const shown = (view: string | View): OpenedView => {
    const opened = views.byId(typeof view === 'string' ? view : view.id)
    if (!opened) throw new Error('this modal is not open; see openedViews()')
    return opened
  }
  /** By view, or by message, what its menu has offered. */
  const offered = new Map<string, readonly Fields[]>()
  const roomOf = (channel: string): Room => named(workspace.channels, channel, 'channel')
  const directMessages = async (actor: Actor): Promise<string> => {
    const asked = { users: actor.id, return_im: true }
    const answer = await workspace.asReader('conversations.open', asked)
    if (!isFields(answer.channel)) throw new Error(`${actor.name} has no direct messages: ${answer.error}`)
    return String(answer.channel.id)
  }
  const send = async (delivery: Delivery): Promise<Acknowledged> => {
    const afterMs = options.takeDuplicate()
    if (afterMs === undefined) return options.deliver(delivery)
    const again = () => options.deliver({ ...delivery, retry: 1 })
    // Nobody waits for the answer to one that comes late.
    if (afterMs > 0) setTimeout(() => void again().catch(() => undefined), afterMs).unref()
    const answers = await Promise.all([options.deliver(delivery), ...(afterMs > 0 ? [] : [again()])])
    // Over HTTP either may arrive first; the bot answers that one.
    const taken = answers.find(({ status }) => status === 200) ?? answers[0]
    return { ...taken, twice: true }
  }

  return {
    async command(given, { user = 'ana', channel = 'incidents' } = {}) {
      const actor = actorOf(user)
      const room = roomOf(channel)
      const [, command = '', text = ''] = /^(\/\S+)\s*([\s\S]*)$/.exec(given) ?? [given, '/debvisor', given]
      const origin: Origin = { user: actor.id, channel: room.id }
      const url = urls.issue(origin)
      const triggerId = views.trigger(actor.id)
      const payload = slashCommand(workspace, { actor, room, command, text, responseUrl: url.url, triggerId })
      const acknowledged = await send({ type: 'slash_commands', payload })
      return { ...(await showAck(urls, origin, acknowledged, url)), trigger: triggerId }
    },

    async click(button) {
      const actor = actorOf(button.user ?? 'ana')
      const room = roomOf(button.channel)
      const { message, isEphemeral } = await messageFor(actor.id, {
        workspace,
        ephemerals: options.ephemerals,
        channel: room.id,
        ts: button.ts,
      })
      const { action, asks } = find(withMenu(message, offered.get(message.ts) ?? []), button)
      if (asks && button.confirm === false) return { ackMs: 0, status: 0, responses: () => [] }
      const clicked = { ts: message.ts, private: isEphemeral }
      const url = urls.issue({ user: actor.id, channel: room.id, message: clicked })
      const triggerId = views.trigger(actor.id)
      const { actionId, value } = button.forged ?? {}
      const sent = {
        ...action,
        ...(actionId === undefined ? {} : { action_id: actionId }),
        ...(value === undefined ? {} : { value }),
      }
      const pressed = { actor, room, message, isEphemeral, action: sent, responseUrl: url.url, triggerId }
      const payload = blockActions(workspace, pressed, now())
      return { ...done(await send({ type: 'interactive', payload }), url), trigger: triggerId }
    },

    async press({ view, values = {}, ...button }) {
      const opened = shown(view)
      const { action } = find(opened.view, button)
      const triggerId = views.trigger(opened.user, opened.view.type === 'modal' ? opened.view.id : undefined)
      const filled = filledSoFar(opened.view, values)
      const pressed = { actor: actorOf(opened.user), view: opened.view, values: filled, action, triggerId }
      return done(await send({ type: 'interactive', payload: viewActions(workspace, pressed, now()) }))
    },

    async submit({ view, values = {}, user }) {
      const opened = shown(view)
      const actor = actorOf(user ?? opened.user)
      if (actor.id !== opened.user)
        throw new Error(`the modal is open for ${opened.user}, not for ${actor.name}`)
      const filled = filledIn(withOptions(opened.view, offered.get(opened.view.id) ?? []), values)
      const triggerId = views.trigger(actor.id, opened.view.id)
      const submission = { actor, view: opened.view, values: filled, triggerId }
      return settle(
        views,
        opened,
        await send({ type: 'interactive', payload: viewSubmission(workspace, submission) }),
      )
    },

    async mention(text, { user = 'ana', channel = 'incidents', threadTs, event = {} } = {}) {
      const actor = actorOf(user)
      const room = roomOf(channel)
      const written = await workspace.asPerson(actor.name, 'chat.postMessage', {
        channel: room.id,
        text: text.replaceAll('@debvisor', `<@${workspace.botUserId}>`),
        ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
      })
      if (!written.ok || !isMessage(written.message))
        throw new Error(`${actor.name} cannot write in ${room.name}: ${written.error}`)
      const { message } = written
      const info = await workspace.asReader('conversations.info', { channel: room.id })
      const isThere = isFields(info.channel) && info.channel.is_member === true
      if (!isThere || !workspace.scopes.includes('app_mentions:read'))
        return { ts: message.ts, ackMs: 0, status: 0, responses: () => [] }
      const told = { ...appMention(workspace, { actor, room, message }), ...event }
      const payload = eventCallback(workspace, told, now())
      return { ts: message.ts, ...done(await send({ type: 'events_api', payload })) }
    },

    async write(text, { user = 'ana', threadTs, event = {} } = {}) {
      const actor = actorOf(user)
      const channel = await directMessages(actor)
      const thread = threadTs === undefined ? {} : { thread_ts: threadTs }
      const written = await workspace.asPerson(actor.name, 'chat.postMessage', { channel, text, ...thread })
      if (!written.ok || !isMessage(written.message))
        throw new Error(`${actor.name} cannot write to the bot: ${written.error}`)
      const { ts } = written.message
      if (!workspace.scopes.includes('im:history'))
        return { channel, ts, ackMs: 0, status: 0, responses: () => [] }
      const told = { type: 'message', channel_type: 'im', user: actor.id, text, ts, event_ts: ts, channel }
      const payload = eventCallback(workspace, { ...told, team: actor.teamId, ...thread, ...event }, now())
      return { channel, ts, ...done(await send({ type: 'events_api', payload })) }
    },

    async shortcut(callbackId, { user = 'ana', channel = 'incidents', ts } = {}) {
      const actor = actorOf(user)
      const chosen = { actor, callbackId, triggerId: views.trigger(actor.id) }
      if (ts === undefined)
        return done(await send({ type: 'interactive', payload: globalShortcut(workspace, chosen, now()) }))
      const room = roomOf(channel)
      const spot = { workspace, ephemerals: options.ephemerals, channel: room.id, ts }
      const { message } = await messageFor(actor.id, spot)
      const url = urls.issue({ user: actor.id, channel: room.id })
      const on = { ...chosen, room, message, responseUrl: url.url }
      return done(await send({ type: 'interactive', payload: messageShortcut(workspace, on, now()) }), url)
    },

    async options({ view, typed = '' }) {
      const opened = shown(view)
      const block = opened.view.blocks.find(
        ({ element }) => isFields(element) && element.type === 'external_select',
      )
      if (!block) throw new Error('this modal has no menu whose options the bot knows')
      const asking = { actor: actorOf(opened.user), view: opened.view, block, typed }
      const { body } = await send({ type: 'interactive', payload: blockSuggestion(workspace, asking) })
      const found = offeredIn(body)
      offered.set(opened.view.id, [...(offered.get(opened.view.id) ?? []), ...found])
      return found.map(({ value }) => String(value))
    },

    async menu({ channel, ts, actionId, user = 'ana', typed = '' }) {
      const actor = actorOf(user)
      const room = roomOf(channel)
      const spot = { workspace, ephemerals: options.ephemerals, channel: room.id, ts }
      const { message } = await messageFor(actor.id, spot)
      const { action } = find(message, { actionId })
      const asking = { actor, room, message, action, typed }
      const { body } = await send({ type: 'interactive', payload: messageSuggestion(workspace, asking) })
      const found = offeredIn(body)
      offered.set(ts, [...(offered.get(ts) ?? []), ...found])
      return found.map(({ text, value }) => ({ text: String((text as Fields).text), value: String(value) }))
    },

    async openApp({ user = 'ana', tab = 'home' } = {}) {
      const actor = actorOf(user)
      const home = tab === 'home' ? views.home(actor.id) : undefined
      const told = { type: 'app_home_opened', user: actor.id, channel: await directMessages(actor), tab }
      const payload = eventCallback(workspace, { ...told, ...(home ? { view: home } : {}) }, now())
      return done(await send({ type: 'events_api', payload }))
    },

    async event(event) {
      return done(await send({ type: 'events_api', payload: eventCallback(workspace, event, now()) }))
    },
  }
}

/** Of the answer to a menu. Throws where Slack would refuse it. */
function offeredIn(body: unknown): readonly Fields[] {
  const found = isFields(body) ? body.options : undefined
  const problems = list(option, 0, 100)(found, '/options')
  if (problems.length > 0 || !Array.isArray(found)) throw new Error(problems.join('\n'))
  return found
}
