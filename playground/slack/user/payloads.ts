import { randomUUID } from 'node:crypto'
import type { Fields } from '../blocks/shape.ts'
import type { Message } from '../state/messages.ts'
import type { View } from '../state/views.ts'
import type { Workspace } from '../state/workspace.ts'

/**
 * What Slack puts into its requests: docs.slack.dev/interactivity/implementing-slash-commands,
 * docs.slack.dev/reference/interaction-payloads, docs.slack.dev/apis/events-api.
 */
export interface Actor {
  readonly id: string
  readonly name: string
  /** In a shared channel, the workspace that this person is from. */
  readonly teamId: string
}

export interface Room {
  readonly id: string
  readonly name: string
}

const VERIFICATION_TOKEN = 'legacy-verification-token'

const common = (workspace: Workspace) => ({ token: VERIFICATION_TOKEN, api_app_id: workspace.appId })

const teamOf = (workspace: Workspace, actor: Actor) => ({
  id: actor.teamId,
  domain: actor.teamId === workspace.teamId ? workspace.teamDomain : 'elsewhere',
})

const userOf = ({ id, name, teamId }: Actor) => ({ id, username: name, name, team_id: teamId })

export interface Command {
  readonly actor: Actor
  readonly room: Room
  readonly command: string
  readonly text: string
  readonly responseUrl: string
  readonly triggerId: string
}

export function slashCommand(workspace: Workspace, { actor, room, ...given }: Command): Fields {
  const team = teamOf(workspace, actor)
  return {
    ...common(workspace),
    team_id: team.id,
    team_domain: team.domain,
    channel_id: room.id,
    channel_name: room.name,
    user_id: actor.id,
    user_name: actor.name,
    command: given.command,
    text: given.text,
    is_enterprise_install: 'false',
    response_url: given.responseUrl,
    trigger_id: given.triggerId,
  }
}

export interface Pressed {
  readonly actor: Actor
  readonly room: Room
  readonly message: Message
  /** Only its reader sees the message: Slack does not send it along. */
  readonly isEphemeral: boolean
  readonly action: Fields
  readonly responseUrl: string
  readonly triggerId: string
}

export function blockActions(workspace: Workspace, pressed: Pressed, now: number): Fields {
  const { actor, room, message, isEphemeral } = pressed
  const container = {
    type: 'message',
    message_ts: message.ts,
    channel_id: room.id,
    is_ephemeral: isEphemeral,
    ...(message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts }),
  }
  return {
    ...common(workspace),
    type: 'block_actions',
    user: userOf(actor),
    container,
    trigger_id: pressed.triggerId,
    team: teamOf(workspace, actor),
    enterprise: null,
    is_enterprise_install: false,
    channel: room,
    ...(isEphemeral ? {} : { message: { team: workspace.teamId, ...message } }),
    state: { values: {} },
    response_url: pressed.responseUrl,
    actions: [{ ...pressed.action, action_ts: tsOf(now) }],
  }
}

export interface PressedInView {
  readonly actor: Actor
  readonly view: View
  /** What stands in its fields by now. */
  readonly values: Fields
  readonly action: Fields
  readonly triggerId: string
}

/** Of a button in a modal: there is neither a channel nor a response_url. */
export function viewActions(workspace: Workspace, pressed: PressedInView, now: number): Fields {
  const { actor, view, values, action, triggerId } = pressed
  return {
    ...common(workspace),
    type: 'block_actions',
    user: userOf(actor),
    container: { type: 'view', view_id: view.id },
    trigger_id: triggerId,
    team: teamOf(workspace, actor),
    enterprise: null,
    is_enterprise_install: false,
    view: { ...view, app_installed_team_id: workspace.teamId, state: { values } },
    actions: [{ ...action, action_ts: tsOf(now) }],
  }
}

export interface Submission {
  readonly actor: Actor
  readonly view: View
  readonly values: Fields
  readonly triggerId: string
}

export function viewSubmission(workspace: Workspace, { actor, view, values, triggerId }: Submission): Fields {
  return {
    ...common(workspace),
    type: 'view_submission',
    team: teamOf(workspace, actor),
    user: userOf(actor),
    trigger_id: triggerId,
    view: { ...view, app_installed_team_id: workspace.teamId, state: { values } },
    response_urls: [],
    enterprise: null,
    is_enterprise_install: false,
  }
}

/** docs.slack.dev/reference/events/app_mention. */
export function appMention(
  workspace: Workspace,
  { actor, room, message }: { readonly actor: Actor; readonly room: Room; readonly message: Message },
): Fields {
  const { ts, thread_ts, text, blocks, attachments } = message
  return {
    type: 'app_mention',
    user: actor.id,
    ts,
    text,
    team: actor.teamId,
    channel: room.id,
    event_ts: ts,
    ...(actor.teamId === workspace.teamId ? {} : { user_team: actor.teamId, source_team: actor.teamId }),
    ...(thread_ts === undefined ? {} : { thread_ts }),
    ...(blocks === undefined ? {} : { blocks }),
    ...(attachments === undefined ? {} : { attachments }),
  }
}

export interface Chosen {
  readonly actor: Actor
  readonly callbackId: string
  readonly triggerId: string
}

/** docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload. */
export const globalShortcut = (
  workspace: Workspace,
  { actor, callbackId, triggerId }: Chosen,
  now: number,
): Fields => ({
  ...common(workspace),
  type: 'shortcut',
  action_ts: tsOf(now),
  team: teamOf(workspace, actor),
  user: { id: actor.id, username: actor.name, team_id: actor.teamId },
  is_enterprise_install: false,
  enterprise: null,
  callback_id: callbackId,
  trigger_id: triggerId,
})

export const messageShortcut = (
  workspace: Workspace,
  { actor, callbackId, triggerId, ...on }: Chosen & { room: Room; message: Message; responseUrl: string },
  now: number,
): Fields => ({
  ...common(workspace),
  type: 'message_action',
  action_ts: tsOf(now),
  team: teamOf(workspace, actor),
  user: { id: actor.id, name: actor.name, team_id: actor.teamId },
  channel: on.room,
  is_enterprise_install: false,
  enterprise: null,
  callback_id: callbackId,
  trigger_id: triggerId,
  response_url: on.responseUrl,
  message_ts: on.message.ts,
  message: { team: workspace.teamId, ...on.message },
})

/** docs.slack.dev/reference/interaction-payloads/block_suggestion-payload. */
export const blockSuggestion = (
  workspace: Workspace,
  { actor, view, block, typed }: { actor: Actor; view: View; block: Fields; typed: string },
): Fields => ({
  ...common(workspace),
  type: 'block_suggestion',
  user: userOf(actor),
  team: teamOf(workspace, actor),
  container: { type: 'view', view_id: view.id },
  enterprise: null,
  is_enterprise_install: false,
  action_id: (block.element as Fields).action_id,
  block_id: block.block_id,
  value: typed,
  view: { ...view, app_installed_team_id: workspace.teamId, state: { values: {} } },
})

/** The same of a menu in a message. */
export const messageSuggestion = (
  workspace: Workspace,
  on: { actor: Actor; room: Room; message: Message; action: Fields; typed: string },
): Fields => ({
  ...common(workspace),
  type: 'block_suggestion',
  user: userOf(on.actor),
  team: teamOf(workspace, on.actor),
  container: { type: 'message', message_ts: on.message.ts, channel_id: on.room.id, is_ephemeral: false },
  enterprise: null,
  is_enterprise_install: false,
  channel: on.room,
  message: on.message,
  action_id: on.action.action_id,
  block_id: on.action.block_id,
  value: on.typed,
})

export function eventCallback(workspace: Workspace, event: Fields, now: number): Fields {
  const { teamId: team_id, botUserId: user_id } = workspace
  return {
    ...common(workspace),
    team_id,
    event: { event_ts: tsOf(now), ...event },
    type: 'event_callback',
    event_id: `Ev${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`,
    event_time: Math.floor(now / 1000),
    authorizations: [{ enterprise_id: null, team_id, user_id, is_bot: true, is_enterprise_install: false }],
  }
}

const tsOf = (now: number): string => (now / 1000).toFixed(6)
