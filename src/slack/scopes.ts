/** The bot token's scopes, as manifest.yml asks for them, and what stops working without each. */
export const botScopes: Readonly<Record<string, string>> = {
  commands: '/debvisor itself',
  'chat:write': 'every message',
  'files:write': "the file with a run's whole output",
  'users:read': 'knowing who may do what: without it everybody is refused',
  'im:write': 'the direct message to the DevOps lead',
  'channels:history': 'finding a message again whose answer from Slack was lost, in public channels',
  'groups:history': 'the same in private channels',
  'im:history': 'the same in direct messages',
  'channels:read': "public channels' names",
  'groups:read': "private channels' names",
  'usergroups:read': 'policies that name user groups',
  'app_mentions:read': 'questions in a thread',
}

/** Without these the bot is of no use; without another one it works with less. */
export const neededScopes: readonly string[] = ['commands', 'chat:write', 'users:read']

/** The app-level token's scope, for Socket Mode. */
export const appScope = 'connections:write'
