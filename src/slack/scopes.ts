/** Messages are read in every kind of place that the bot writes to. */
const history = ['channels:history', 'groups:history', 'im:history'] as const

/**
 * Every method of Slack's Web API that we call with the bot token, and the scopes that it takes
 * (docs.slack.dev/reference/methods). A test compares the names with the calls in our code.
 */
export const methodScopes = {
  'assistant.threads.setStatus': ['chat:write'],
  'assistant.threads.setSuggestedPrompts': ['assistant:write'],
  'auth.test': [],
  'chat.appendStream': ['chat:write'],
  'chat.delete': ['chat:write'],
  'chat.getPermalink': [],
  'chat.postEphemeral': ['chat:write'],
  'chat.postMessage': ['chat:write'],
  'chat.startStream': ['chat:write'],
  'chat.stopStream': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': history,
  'conversations.open': ['im:write'],
  'conversations.replies': history,
  'files.delete': ['files:write'],
  /** The client's own name for files.getUploadURLExternal and files.completeUploadExternal. */
  filesUploadV2: ['files:write'],
  'usergroups.users.list': ['usergroups:read'],
  'users.info': ['users:read'],
  'views.open': [],
  'views.publish': [],
  'views.update': [],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** The same for the app-level token, which Socket Mode takes. Bolt calls it too. */
export const appMethodScopes = {
  'apps.connections.open': ['connections:write'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** What each thing that Slack may send takes, as far as we take it. */
export const deliveryScopes = {
  command: ['commands'],
  mention: ['app_mentions:read'],
  directMessage: ['im:history'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** Each scope that a call or a delivery takes; one that nothing takes does not compile below. */
export type BotScope =
  | (typeof methodScopes)[keyof typeof methodScopes][number]
  | (typeof deliveryScopes)[keyof typeof deliveryScopes][number]

/** The bot token's scopes, as manifest.yml asks for them, and what stops working without each. */
export const botScopes: Readonly<Record<BotScope, string>> = {
  commands: '/debvisor itself',
  'app_mentions:read': 'being mentioned, in threads above all, where slash commands do not work',
  'assistant:write': 'the prompts that the panel suggests',
  'chat:write': 'every message',
  'files:write': "the file with a run's whole output",
  'users:read': 'knowing who may do what: without it everybody is refused',
  'im:write': 'the direct message to the DevOps lead',
  'channels:history':
    'finding a message again whose answer from Slack was lost, and reading the alert above a mention, in public channels',
  'groups:history': 'the same in private channels',
  'im:history': 'the same in direct messages, and reading what is written to the bot there',
  'usergroups:read': 'policies that name user groups',
}

/** Without these the bot is of no use; without another one it works with less. */
export const neededScopes: readonly string[] = ['commands', 'chat:write', 'users:read'] satisfies BotScope[]
