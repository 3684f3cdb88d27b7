import type { HomeView, ModalView } from '@slack/types'
import type { WebClient } from '@slack/web-api'
import type { Clock } from '../../async/clock.ts'
import { startDeadline } from '../../async/deadline.ts'
import type { Message } from '../message.ts'
import { makeChannelPace } from './channel-pace.ts'
import type { SlackLog } from './client.ts'
import { makeCopies } from './copies.ts'
import type { Destination, IsWanted } from './destination.ts'
import { type ThreadDestination, type UploadedFile, uploadFile } from './files.ts'
import {
  type Copy,
  findMessage,
  type MessageKey,
  type OwnBot,
  type Reply,
  readMessage,
  repliesTo,
} from './find-message.ts'
import { type Draw, makeUpdates } from './message-updates.ts'
import { makePermalinks } from './permalinks.ts'
import { makePlainTextFallback } from './plain-text-fallback.ts'
import { changeMessage, postEphemeral, postMessage } from './post-message.ts'
import { foreignUrl, postResponse, readResponseError, responseOrigins } from './response-url.ts'
import { type CallResult, given, makeSlackCaller } from './retry-call.ts'
import type { SlackConnection } from './slack-connection.ts'
import type { Failure } from './slack-failure.ts'
import { isStreamable, makeStreams } from './streams.ts'

export type Posted = { readonly ok: true; readonly ts: string } | Failure
export type Opened = { readonly ok: true; readonly channel: string } | Failure
export type Uploaded = { readonly ok: true; readonly fileId: string } | Failure
export type Viewed = { readonly ok: true; readonly viewId: string } | Failure
export type Said = { readonly ok: true } | Failure
/** `ts` null: Slack was asked, and has no such message. */
export type Found = { readonly ok: true; readonly ts: string | null } | Failure
export type FoundCopies = { readonly ok: true; readonly copies: readonly Copy[] } | Failure
/** The oldest first. */
export type FoundFiles = { readonly ok: true; readonly fileIds: readonly string[] } | Failure

/**
 * Everything that we say in Slack. Nothing here throws. Messages of a channel keep their order and Slack's
 * pace; a refused block costs its looks, not the message; a lost answer is looked up by the message's key
 * before it is posted again.
 */
export interface Delivery {
  post(destination: Destination, message: Message, key: MessageKey): Promise<Posted>
  /** Progress of a message: the latest wins, one in 3 s. `make` is called when it is sent. */
  updateSoon(channel: string, ts: string, make: Draw): void
  /** The message as it is to stay: sent at once, never dropped, never overtaken by progress. */
  update(channel: string, ts: string, message: Message, isWanted?: IsWanted): Promise<Posted>
  /** A message by its key, after a crash between posting and noting. */
  find(destination: Destination, key: MessageKey): Promise<Found>
  /** Each message that stands there under that key: more than one where two processes have posted it. */
  copies(destination: Destination, key: MessageKey): Promise<FoundCopies>
  fileCopies(
    destination: ThreadDestination,
    about: { readonly filename: string; readonly since?: Date },
  ): Promise<FoundFiles>
  /** Takes a message of ours away; one that is gone already counts as taken away. */
  remove(channel: string, ts: string, isWanted?: IsWanted): Promise<Said>
  removeFile(fileId: string, isWanted?: IsWanted): Promise<Said>
  /** A copy says something else from now on, and is no longer found by its key. */
  retire(channel: string, ts: string, message: Message, isWanted?: IsWanted): Promise<Said>
  /**
   * What people answered under a message, oldest first, at most `most`; undefined where Slack does not let us read it.
   */
  replies(channel: string, ts: string, most: number): Promise<readonly Reply[] | undefined>
  /** A message that others may have written, as Slack gives it; undefined where Slack does not let us read it. */
  message(channel: string, ts: string): Promise<unknown>
  /** Whether the bot can see that conversation; it is taken to see it where Slack does not say so within a second. */
  isIn(channel: string): Promise<boolean>
  /** For that user alone, in a channel that the bot is in; in a thread only where somebody has answered there. */
  ephemeral(destination: Destination, user: string, message: Message): Promise<Said>
  /** For that user alone, anywhere, for 30 minutes and five times. */
  respond(responseUrl: string, message: Message): Promise<Said>
  upload(destination: ThreadDestination, file: UploadedFile): Promise<Uploaded>
  openDm(user: string): Promise<Opened>
  openView(trigger: string, view: ModalView): Promise<Viewed>
  updateView(viewId: string, view: ModalView): Promise<Viewed>
  /** The Home tab of that user, in place of the one before. */
  publishHome(user: string, view: HomeView): Promise<Said>
  /** "is looking …", beside the bot's name in that thread, until something is posted there. */
  setStatus(thread: ThreadDestination, status: string): Promise<Said>
  /** What is to be clicked in the panel, at most four. */
  suggestPrompts(channel: string, prompts: readonly SuggestedPrompt[]): Promise<Said>
  permalink(channel: string, ts: string): Promise<string | undefined>
  /** Sends what is under way, for at most `graceMs`; what is not sent by then fails as unavailable. */
  close(graceMs: number): Promise<void>
}

/** `message`: is written in the name of whoever clicks it. */
export interface SuggestedPrompt {
  readonly title: string
  readonly message: string
}

/** Whoever asks answers a click, for which Slack waits 3 s. */
const IS_IN_MS = 1_000

/** `client` is from client.ts, so that it neither waits nor retries by itself. */
export function makeDelivery({
  client,
  clock,
  log,
  self,
  fetch = globalThis.fetch,
}: {
  readonly client: WebClient
  /** So that nothing counts as ours that somebody else wrote. */
  readonly self?: OwnBot
  readonly clock: Clock
  readonly log: SlackLog
  readonly fetch?: typeof globalThis.fetch
}): Delivery {
  const caller = makeSlackCaller(clock)
  const responder = makeSlackCaller(clock, readResponseError)
  const pace = makeChannelPace(clock)
  const connection: SlackConnection = {
    client,
    self,
    caller,
    pace,
    withFallback: makePlainTextFallback(clock, log),
  }
  const streams = makeStreams(connection, clock, changeMessage(connection))
  const updates = makeUpdates(clock, streams.change, (error) =>
    log.warn({ err: error }, 'a progress report could not be built'),
  )
  const copies = makeCopies(connection)
  const origins = responseOrigins(client.slackApiUrl)

  return {
    async post(destination, message, key) {
      if (destination.streamed && isStreamable(message, key)) {
        const started = await streams.start(destination, message, key)
        // Where Slack may have begun it all the same, it is looked for when it is drawn again.
        if (started.ok || started.reason === 'unavailable' || isUnwanted(destination))
          return named('ts', started)
        log.debug({ detail: started.detail }, 'Slack takes no stream; the message is posted')
      }
      return named('ts', await postMessage(connection, destination, message, key))
    },
    updateSoon: updates.soon,
    update: async (channel, ts, message, isWanted) =>
      named('ts', await updates.final(channel, ts, message, isWanted)),
    async find({ channel, thread }, key) {
      const once = async () => (await findMessage(client, channel, key, thread)) ?? null
      return named('ts', await caller.call({ rateLimitKey: 'conversations.history', once }))
    },
    copies: async (destination, key) => named('copies', await copies.ofMessage(destination, key)),
    fileCopies: async (destination, about) => named('fileIds', await copies.ofFile(destination, about)),
    remove: async (channel, ts, isWanted) => said(await copies.remove(channel, ts, isWanted)),
    removeFile: async (fileId, isWanted) => said(await copies.removeFile(fileId, isWanted)),
    retire: async (channel, ts, message, isWanted) =>
      said(await copies.retire(channel, ts, message, isWanted)),
    async replies(channel, ts, most) {
      const once = () => repliesTo(client, channel, ts, most)
      const result = await caller.call({ rateLimitKey: 'conversations.replies', once, tries: 2 })
      return result.ok ? result.value : undefined
    },
    async message(channel, ts) {
      const once = () => readMessage(client, channel, ts)
      const result = await caller.call({ rateLimitKey: 'conversations.replies', once, tries: 2 })
      return result.ok ? result.value : undefined
    },
    async isIn(channel) {
      const once = () => client.conversations.history({ channel, limit: 1 })
      const asked = caller.call({ rateLimitKey: 'conversations.history', once, tries: 1 })
      const deadline = startDeadline(IS_IN_MS)
      const result = await Promise.race([asked, deadline.reached])
      deadline.clear()
      return typeof result === 'string' || result.ok || result.reason !== 'not-in-channel'
    },
    ephemeral: async (destination, user, message) =>
      said(await postEphemeral(connection, destination, user, message)),
    async respond(url, message) {
      const foreign = foreignUrl(url, origins)
      if (foreign) return foreign
      const send = (shown: Message) =>
        responder.call({ rateLimitKey: url, once: () => postResponse(fetch, url, shown), tries: 3 })
      return said(await connection.withFallback(message, send))
    },
    upload: async (destination, file) => named('fileId', await uploadFile(connection, destination, file)),
    async openDm(user) {
      const once = async () => given((await client.conversations.open({ users: user })).channel?.id)
      return named('channel', await caller.call({ rateLimitKey: 'conversations.open', once }))
    },
    async openView(trigger, view) {
      const once = async () => given((await client.views.open({ trigger_id: trigger, view })).view?.id)
      // A trigger works once: a second try could only fail.
      return named('viewId', await caller.call({ rateLimitKey: 'views.open', once, tries: 1 }))
    },
    async updateView(viewId, view) {
      const once = async () => given((await client.views.update({ view_id: viewId, view })).view?.id)
      return named('viewId', await caller.call({ rateLimitKey: 'views.update', once }))
    },
    async publishHome(user, view) {
      const once = () => client.views.publish({ user_id: user, view })
      return said(await caller.call({ rateLimitKey: `views.publish ${user}`, once, tries: 3 }))
    },
    async setStatus({ channel, thread }, status) {
      const once = () =>
        client.assistant.threads.setStatus({ channel_id: channel, thread_ts: thread, status })
      const key = 'assistant.threads.setStatus'
      return said(await caller.call({ rateLimitKey: key, once, tries: 1 }))
    },
    async suggestPrompts(channel, prompts) {
      const once = () =>
        client.assistant.threads.setSuggestedPrompts({ channel_id: channel, prompts: [...prompts] })
      const key = 'assistant.threads.setSuggestedPrompts'
      return said(await caller.call({ rateLimitKey: key, once, tries: 1 }))
    },
    permalink: makePermalinks(connection),
    async close(graceMs) {
      const grace = new AbortController()
      const over = clock.sleep(graceMs, grace.signal).then(() => {
        caller.stop()
        responder.stop()
      })
      await Promise.race([Promise.all([pace.idle(), updates.idle()]), over])
      grace.abort()
    },
  }
}

const isUnwanted = ({ isWanted }: Destination): boolean => isWanted !== undefined && !isWanted()

/** The value under the name that callers read it by. */
const named = <K extends string, T>(
  name: K,
  called: CallResult<T>,
): ({ ok: true } & Record<K, T>) | Failure =>
  called.ok ? ({ ok: true, [name]: called.value } as { ok: true } & Record<K, T>) : called

const said = (called: CallResult<unknown>): Said => (called.ok ? { ok: true } : called)
