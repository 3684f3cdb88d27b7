import type { Config } from './config.ts'
import { placesOf, SECRETS, type SecretSource } from './secrets.ts'

/**
 * The tokens that the Slack app starts with, complete and of the right kind. Only auth.test tells whether Slack accepts
 * them.
 */
export type SlackAccess = {
  readonly botToken: string
  readonly team: string | undefined
  readonly apiUrl: string | undefined
} & (
  | { readonly mode: 'socket'; readonly appToken: string }
  | { readonly mode: 'http'; readonly signingSecret: string }
)

export type RequiredSlack =
  | { readonly ok: true; readonly slack: SlackAccess }
  | { readonly ok: false; readonly problem: string }

/** `problem`: one sentence that names the token, the place it goes to, and how it begins. */
export function requireSlack({ slack }: Config): RequiredSlack {
  const { mode, botToken, appToken, signingSecret, team, apiUrl } = slack
  const bot = token('bot token', SECRETS.botToken, botToken, 'xoxb-')
  if (!bot.ok) return bot
  const shared = { botToken: bot.value, team, apiUrl }
  if (mode === 'socket') {
    const app = token('app-level token', SECRETS.appToken, appToken, 'xapp-')
    return app.ok ? { ok: true, slack: { mode, ...shared, appToken: app.value } } : app
  }
  if (signingSecret !== undefined) return { ok: true, slack: { mode, ...shared, signingSecret } }
  return refuse(
    `Slack's signing secret is missing: put it into ${placesOf(SECRETS.signingSecret)}; it stands under Basic Information of the app.`,
  )
}

const refuse = (problem: string) => ({ ok: false as const, problem })

function token(what: string, source: SecretSource, value: string | undefined, prefix: string) {
  const places = placesOf(source)
  if (value === undefined)
    return refuse(`Slack's ${what} is missing: put it into ${places}; it begins with ${prefix}.`)
  if (value.startsWith(prefix)) return { ok: true as const, value }
  const found = /^x[a-z]{3}-/.exec(value)?.[0]
  const instead = found ? `, and this begins with ${found}` : ''
  return refuse(`Slack's ${what} in ${places} is not one: it begins with ${prefix}${instead}.`)
}
