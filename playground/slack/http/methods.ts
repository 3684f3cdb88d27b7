import { type Fields, isFields } from '../blocks/shape.ts'
import { type Answer, refusal } from '../state/api.ts'
import type { Ephemerals } from '../state/ephemerals.ts'
import type { Files } from '../state/files.ts'
import { readHistory } from '../state/history.ts'
import { nameBlocks, refuseContent } from '../state/messages.ts'
import type { Panel } from '../state/panel.ts'
import type { Streams } from '../state/streams.ts'
import type { Views } from '../state/views.ts'
import type { Workspace } from '../state/workspace.ts'

/** What the methods work on. */
export interface Slack {
  readonly workspace: Workspace
  readonly views: Views
  readonly files: Files
  readonly ephemerals: Ephemerals
  readonly streams: Streams
  readonly panel: Panel
  readonly groups: Readonly<Record<string, readonly string[]>>
  readonly refusedBlocks: ReadonlySet<string>
  /** The URL of a new WebSocket. */
  socketUrl(): string
}

interface Method {
  /** Which kind of token it takes: the bot's (xoxb-) or the app's (xapp-). */
  readonly token: 'bot' | 'app'
  /** Asked for before anything else is looked at. */
  readonly scope?: string
  run(slack: Slack, args: Fields): Promise<Answer>
}

const bot = (run: Method['run'], scope?: string): Method => ({
  token: 'bot',
  run,
  ...(scope ? { scope } : {}),
})

/** Where the emulator is laxer than Slack, or has nothing. Every other method goes to it as it is. */
const METHODS: Readonly<Record<string, Method>> = {
  'apps.connections.open': {
    token: 'app',
    run: async (slack) => ({ ok: true, url: slack.socketUrl() }),
  },
  'chat.postMessage': bot(async (slack, args) => {
    const refused =
      refuseContent(args, slack.refusedBlocks) ?? (await refuseChannel(slack.workspace, args.channel))
    return refused ?? slack.workspace.asBot('chat.postMessage', nameBlocks(args))
  }, 'chat:write'),
  'chat.postEphemeral': bot(async (slack, args) => {
    const refused =
      refuseContent(args, slack.refusedBlocks) ?? (await refuseChannel(slack.workspace, args.channel))
    if (refused) return refused
    const named = nameBlocks(args)
    const answer = await slack.workspace.asBot('chat.postEphemeral', named)
    if (answer.ok)
      slack.ephemerals.keep(String(args.user), String(args.channel), { ...named, ts: answer.message_ts })
    return answer
  }, 'chat:write'),
  'assistant.threads.setStatus': bot(async ({ panel }, args) => panel.setStatus(args), 'chat:write'),
  'assistant.threads.setSuggestedPrompts': bot(
    async ({ panel }, args) => panel.suggest(args),
    'assistant:write',
  ),
  'chat.startStream': bot(
    async ({ workspace, streams }, args) =>
      (await refuseChannel(workspace, args.channel)) ?? streams.start(args),
    'chat:write',
  ),
  'chat.appendStream': bot(({ streams }, args) => streams.append(args), 'chat:write'),
  'chat.stopStream': bot(({ streams }, args) => streams.stop(args), 'chat:write'),
  'chat.update': bot(async (slack, args) => {
    if (slack.streams.isOpen(String(args.channel), String(args.ts)))
      return refusal('streaming_state_conflict')
    const refused = refuseContent(args, slack.refusedBlocks, true)
    return refused ?? slack.workspace.asBot('chat.update', nameBlocks(args))
  }, 'chat:write'),
  'conversations.history': bot((slack, args) => readHistory(slack.workspace, 'conversations.history', args)),
  'conversations.replies': bot((slack, args) => readHistory(slack.workspace, 'conversations.replies', args)),
  'conversations.info': bot(async ({ workspace }, args) => {
    const answer = await workspace.asBot('conversations.info', args)
    return answer.error === 'not_in_channel' ? refusal('channel_not_found') : answer
  }),
  'files.getUploadURLExternal': bot(async (slack, args) => {
    const answer = await slack.workspace.asBot('files.getUploadURLExternal', args)
    if (answer.ok) slack.files.announced(String(answer.file_id), String(args.filename))
    return answer
  }, 'files:write'),
  'files.completeUploadExternal': bot(async (slack, args) => {
    const refused =
      args.channel_id === undefined ? undefined : await refuseChannel(slack.workspace, args.channel_id)
    const answer = refused ?? (await slack.workspace.asBot('files.completeUploadExternal', args))
    if (answer.ok) slack.files.completed(args)
    return answer
  }, 'files:write'),
  'files.delete': bot(async (slack, args) => {
    const answer = await slack.workspace.asBot('files.delete', args)
    if (answer.ok) slack.files.deleted(String(args.file))
    return answer
  }, 'files:write'),
  'usergroups.users.list': bot(async (slack, args) => {
    const users = slack.groups[String(args.usergroup)]
    return users ? { ok: true, users } : refusal('no_such_subteam')
  }, 'usergroups:read'),
  'users.info': bot(async ({ workspace }, args) => {
    const answer = await workspace.asBot('users.info', args)
    return isFields(answer.user) ? { ...answer, user: wholePerson(workspace, answer.user) } : answer
  }),
  'users.list': bot(async ({ workspace }, args) => {
    const answer = await workspace.asBot('users.list', args)
    if (!Array.isArray(answer.members)) return answer
    return { ...answer, members: answer.members.map((each) => wholePerson(workspace, each)) }
  }),
  'views.open': bot((slack, args) => slack.views.call('views.open', args)),
  'views.push': bot((slack, args) => slack.views.call('views.push', args)),
  'views.update': bot((slack, args) => slack.views.call('views.update', args)),
  'views.publish': bot((slack, args) => slack.views.call('views.publish', args)),
  /** The emulator's own, which Slack has not got. */
  'views.generateTriggerId': bot(async () => refusal('unknown_method')),
}

export const methodOf = (name: string): Method =>
  METHODS[name] ?? bot((slack, args) => slack.workspace.asBot(name, args))

/** A public channel is seen without being in it, a private one is not. */
export async function refuseChannel(workspace: Workspace, channel: unknown): Promise<Answer | undefined> {
  if (workspace.people.has(String(channel))) return undefined
  const info = await workspace.asReader('conversations.info', { channel })
  if (!info.ok || !isFields(info.channel)) return refusal('channel_not_found')
  if (info.channel.is_member || info.channel.is_im || workspace.scopes.includes('chat:write.public'))
    return undefined
  return refusal('not_in_channel')
}

/** docs.slack.dev/reference/objects/user-object: a stranger has no word about being a guest here. */
function wholePerson(workspace: Workspace, user: Fields): Fields {
  const person = workspace.people.get(String(user.id)) ?? {}
  const stranger = person.is_stranger ?? false
  const roles = {
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: false,
    is_ultra_restricted: false,
  }
  return {
    ...user,
    ...(stranger || person.deleted ? {} : roles),
    is_app_user: false,
    updated: 1_700_000_000,
    ...(stranger || person.deleted ? {} : { tz: 'Etc/UTC', tz_offset: 0 }),
    ...person,
  }
}
