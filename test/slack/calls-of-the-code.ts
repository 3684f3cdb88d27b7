import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { WebClient } from '@slack/web-api'
import type { Route } from '../../src/handlers/routes.ts'

/** Of manifest.yml, what is read. */
export interface Manifest {
  readonly features: {
    readonly slash_commands: readonly { readonly command: string; readonly should_escape?: boolean }[]
    readonly shortcuts?: readonly { readonly callback_id: string }[]
    readonly app_home?: object
    readonly agent_view?: { readonly suggested_prompts?: readonly { readonly message: string }[] }
  }
  readonly oauth_config: { readonly scopes: { readonly bot: readonly string[] } }
  readonly settings: {
    readonly socket_mode_enabled: boolean
    readonly interactivity: { readonly is_enabled: boolean }
    readonly event_subscriptions?: { readonly bot_events?: readonly string[] }
  }
}

/** The text of every source file below the folder, without its comments. */
export const sourcesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(folder, path), 'utf8'))

const code = (source: string): string => source.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '')

/** Every method of Slack's Web API that the client has, as it is called: `chat.postMessage`. */
const allMethods: ReadonlySet<string> = new Set(['filesUploadV2', ...methodsOf(new WebClient())])

function methodsOf(node: object, path: readonly string[] = []): string[] {
  return Object.entries(node).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value === 'function') return path.length > 0 ? [[...path, name].join('.')] : []
    const isNamespace = typeof value === 'object' && value !== null && value.constructor === Object
    return isNamespace && path.length < 3 ? methodsOf(value, [...path, name]) : []
  })
}

/** The methods of Slack's Web API that the code calls, sorted. */
export function calledMethods(sources: readonly string[]): readonly string[] {
  const called = sources.map(code).flatMap((text) => [
    // Whatever the client is called: `client.chat.postMessage(`, `app.client.files.uploadV2(`.
    ...[...text.matchAll(/\.((?:\w+\.){0,3}\w+)\(/g)].map(([, path = '']) => methodIn(path)),
    ...[...text.matchAll(/\.apiCall\('([^']+)'/g)].map(([, method = '']) => method),
  ])
  return [...new Set(called.filter((name) => allMethods.has(name)))].toSorted()
}

/** `client.chat.postMessage` ends in `chat.postMessage`; `usergroups.users.list` is that, and not `users.list`. */
function methodIn(path: string): string {
  const words = path.split('.')
  return words.map((_, from) => words.slice(from).join('.')).find((name) => allMethods.has(name)) ?? ''
}

/** What Slack sends us, by the names that the manifest and the listeners have for it. */
export interface Heard {
  readonly commands: readonly string[]
  readonly shortcuts: readonly string[]
  readonly events: readonly string[]
  /** Buttons and forms. */
  readonly interactivity: boolean
}

export const declared = ({ features, settings }: Manifest): Heard => ({
  commands: features.slash_commands.map(({ command }) => command).toSorted(),
  shortcuts: (features.shortcuts ?? []).map((shortcut) => shortcut.callback_id).toSorted(),
  events: (settings.event_subscriptions?.bot_events ?? []).toSorted(),
  interactivity: settings.interactivity.is_enabled,
})

/** What Bolt's listeners in the code take. Throws for one that cannot be read from the code. */
export function heardBy(sources: readonly string[], routes: readonly Route[]): Heard {
  const listeners = sources
    .map(code)
    .flatMap((text) => [...text.matchAll(/\bapp\.(\w+)\(\s*([^,)]*)/g)])
    .map(([call, kind = '', first = '']) => ({ call, kind, first }))
  const unknown = listeners.find(({ kind }) => !readable.has(kind))
  if (unknown) throw new Error(`${unknown.call}: the manifest test does not know this kind of listener`)
  const of = (...kinds: readonly string[]) => listeners.filter(({ kind }) => kinds.includes(kind))
  return {
    // `app.command` takes its name from the table of routes.
    commands: routes.filter(({ kind }) => kind === 'command').map(({ name }) => name),
    shortcuts: of('shortcut').map(literal).toSorted(),
    events: [
      ...of('event').map(literal).map(subscription),
      ...of('message').map(() => 'message.*'),
    ].toSorted(),
    interactivity: of('action', 'view', 'shortcut', 'options').length > 0,
  }
}

/** The manifest subscribes to messages by where they are written; ours are read in direct messages alone. */
const subscription = (event: string): string => (event === 'message' ? 'message.im' : event)

const readable = new Set([
  'use',
  'error',
  'command',
  'action',
  'view',
  'options',
  'shortcut',
  'event',
  'message',
])

function literal({ call, first }: { readonly call: string; readonly first: string }): string {
  const name = /^'([^']+)'$/.exec(first.trim())?.[1]
  if (name === undefined) throw new Error(`${call}…): the name has to stand there`)
  return name
}
