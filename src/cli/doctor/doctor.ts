import { existsSync } from 'node:fs'
import type { Config } from '../../config/config.ts'
import { channelNames, channels } from '../../escalation/channels.ts'
import { makeTrackers } from '../../integrations/make-trackers.ts'
import { makePagerApi } from '../../integrations/pagerduty/rest-api.ts'
import { trackerNames } from '../../integrations/tracker.ts'
import { matchHosts } from '../../inventory/host-pattern.ts'
import { botScopes, neededScopes } from '../../slack/scopes.ts'
import { makeClient, SLACK_API } from '../../slack/transport/client.ts'
import { readError } from '../../slack/transport/slack-failure.ts'
import { StoreError, StoreInUse } from '../../store/db.ts'
import { schemaAge } from '../../store/migrate.ts'
import { openExistingStore } from '../../store/open-store.ts'
import { refuse } from '../output/refusals.ts'
import { exitCodes, type Terminal } from '../output/terminal.ts'
import type { Options } from '../read-hosts.ts'
import { type SetUp, setUp } from '../set-up.ts'
import { checkAlerts } from './alerts.ts'
import type { Check } from './check.ts'
import { checkFixes } from './fixes.ts'
import { checkHost } from './host.ts'
import { checkSchedules } from './schedules.ts'

const signs = { good: '✓', warn: '!', bad: '✗', off: '–' } as const

/**
 * Looks at everything that the bot needs; with a pattern of hosts, at these alone. It changes nothing, and it pages and mails nobody; a webhook gets a ping.
 * Exit status 0 when nothing is bad, else 1.
 */
export async function doctorCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  pattern: string | undefined,
  options: Pick<Options, 'config'>,
): Promise<number> {
  const ready = setUp(env, options)
  if (!ready.ok) return refuse(term, ready.sentences)
  const matched = pattern === undefined ? undefined : matchHosts(ready.inventory, pattern)
  if (matched?.ok === false) return refuse(term, [`No host was asked: ${matched.message}.`])
  let bad = 0
  const print = (check: Check): void => {
    if (check.state === 'bad') bad += 1
    term.out(`${signs[check.state]} ${check.what}: ${check.said}`)
    if (check.remedy) term.out(`    → ${check.remedy}`)
  }
  const { config } = ready
  print({
    what: 'configuration',
    state: 'good',
    said: `${config.file ?? 'defaults'}; ${ready.runbooks.topics.size} topics, ${ready.inventory.hosts.size} hosts`,
  })
  for (const check of matched ? [] : await checkServices(ready)) print(check)
  for (const host of matched?.hosts ?? ready.inventory.hosts.values()) {
    const { checks, parameters } = await checkHost(ready, host)
    for (const check of checks) print(check)
    for (const check of await checkFixes(ready, host, parameters)) print(check)
  }
  return bad === 0 ? exitCodes.healthy : exitCodes.problem
}

/** What the bot talks to, hosts aside. */
async function checkServices({ config, policy }: SetUp): Promise<Check[]> {
  const checks = [...(await checkSlack(config)), await checkStore(config)]
  for (const channel of channelNames) checks.push(await channels[channel].adapter.check(config.escalation))
  checks.push(await checkPagerApi(config), checkWebhook(config))
  checks.push(...(await checkAlerts(config, policy)), ...(await checkSchedules(config, policy)))
  return [...checks, ...(await checkMirrors(config))]
}

async function checkSlack(config: Config): Promise<Check[]> {
  const { botToken, appToken, mode, signingSecret, apiUrl } = config.slack
  if (!botToken) {
    const remedy = 'set SLACK_BOT_TOKEN (xoxb-…, from “Install App” of your app)'
    return [{ what: 'Slack', state: 'bad', said: 'there is no bot token', remedy }]
  }
  const settings = { apiUrl: apiUrl ?? SLACK_API, log: { warn() {}, debug() {} } }
  const client = makeClient(botToken, settings)
  const checks: Check[] = []
  try {
    const me = await client.auth.test()
    checks.push({ what: 'Slack bot token', state: 'good', said: `${me.user} in ${me.team} (${me.team_id})` })
    const scopes = me.response_metadata?.scopes ?? []
    checks.push(...checkScopes(scopes))
  } catch (error) {
    const said = readError(error).failure.detail
    const remedy = 'copy SLACK_BOT_TOKEN again; it begins with xoxb-'
    checks.push({ what: 'Slack bot token', state: 'bad', said, remedy })
  }
  if (mode === 'http') {
    checks.push(
      signingSecret
        ? {
            what: 'Slack signing secret',
            state: 'good',
            said: 'is there; only a request from Slack can prove it',
          }
        : {
            what: 'Slack signing secret',
            state: 'bad',
            said: 'missing in HTTP mode',
            remedy: 'set SLACK_SIGNING_SECRET (“Basic Information” of your app)',
          },
    )
    return checks
  }
  return [...checks, await checkSocket(appToken, settings)]
}

/** Slack answers with a URL; no connection is opened. */
async function checkSocket(
  appToken: string | undefined,
  settings: Parameters<typeof makeClient>[1],
): Promise<Check> {
  const what = 'Slack app token'
  const remedy = 'set SLACK_APP_TOKEN (xapp-…, with connections:write, “Basic Information” of your app)'
  if (!appToken) return { what, state: 'bad', said: 'missing in Socket Mode', remedy }
  try {
    await makeClient(appToken, settings).apps.connections.open({})
    return { what, state: 'good', said: 'Socket Mode may be opened' }
  } catch (error) {
    return { what, state: 'bad', said: readError(error).failure.detail, remedy }
  }
}

async function checkStore(config: Config): Promise<Check> {
  const { databaseUrl, folder } = config.store
  const what = databaseUrl ? 'store (PostgreSQL)' : 'store (embedded)'
  if (!databaseUrl && !existsSync(folder)) {
    return { what, state: 'good', said: `will be made in ${folder} at the first start` }
  }
  try {
    const db = await openExistingStore(config.store)
    if (!db) return { what, state: 'good', said: 'opens; the first start makes its schema' }
    const age = await schemaAge(db).finally(() => db.close())
    const next = 'opens; the next start brings its schema up to date'
    return { what, state: 'good', said: age === 'current' ? 'opens, and its schema is current' : next }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    if (error instanceof StoreInUse) return { what, state: 'good', said: 'in use by a bot that runs' }
    return { what, state: 'bad', said: error.message }
  }
}

/** A missing scope with what it is for. */
function checkScopes(granted: readonly string[]): Check[] {
  const what = 'Slack scopes'
  const missing = Object.entries(botScopes).filter(([scope]) => !granted.includes(scope))
  if (missing.length === 0) return [{ what, state: 'good', said: 'all that manifest.yml asks for' }]
  const state = missing.some(([scope]) => neededScopes.includes(scope)) ? 'bad' : 'warn'
  const said = `missing: ${missing.map(([scope, use]) => `${scope} (${use})`).join(', ')}`
  return [{ what, state, said, remedy: 'update the app from manifest.yml and install it again' }]
}

/**
 * Checks the token and the rights of each tracker, without making a ticket there. The webhook gets a signed ping,
 * because nothing else could prove its secret.
 */
async function checkMirrors(config: Config): Promise<Check[]> {
  const trackers = makeTrackers(config.mirrors, Date.now)
  const checks = trackers.map(async (tracker): Promise<Check> => {
    const what = `tickets in ${trackerNames[tracker.target] ?? tracker.target}`
    const verified = await tracker.verify()
    if (verified.ok) return { what, state: 'good', said: verified.note }
    return { what, state: 'bad', said: verified.reason, remedy: `look at \`mirrors.${tracker.target}\`` }
  })
  return Promise.all(checks)
}

async function checkPagerApi({ escalation: { pagerApi } }: Config): Promise<Check> {
  const what = "PagerDuty's REST API"
  if (!pagerApi)
    return {
      what,
      state: 'off',
      said: 'not configured: /debvisor oncall names nobody',
      remedy: 'set PAGERDUTY_API_TOKEN',
    }
  const asked = await makePagerApi({ ...pagerApi, timeoutMs: 10_000, now: () => performance.now() }).onCall()
  if (!asked.ok) return { what, state: 'bad', said: asked.reason }
  if (asked.turns.length > 0) return { what, state: 'good', said: `on call now: ${asked.turns[0]?.name}` }
  const remedy = 'look at `pagerduty.schedules` and `pagerduty.escalationPolicies`'
  return { what, state: 'warn', said: 'takes the token, and says that nobody is on call', remedy }
}

/** Without it the bot does not hear who acknowledged a page, and that it was resolved. */
function checkWebhook({ escalation: { pagerduty, pagerApi, webhookSecrets }, http }: Config): Check {
  const what = "PagerDuty's webhooks"
  const remedy = 'set PAGERDUTY_WEBHOOK_SECRET to the secret of a V3 webhook subscription'
  if (webhookSecrets.length === 0) {
    // Either tells what became of a page whose answer was lost.
    const twice = pagerApi ? '' : ', and a page whose answer is lost may wake somebody a second time'
    const said = `not configured: what is done in PagerDuty does not show in threads${twice}`
    return { what, state: pagerduty ? 'warn' : 'off', said, remedy }
  }
  const at = `${http.publicUrl ?? `http://${http.host}:${http.port}`}/pagerduty/webhook`
  const hint = http.publicUrl ? {} : { remedy: 'set `http.publicUrl`; PagerDuty must reach it' }
  return { what, state: 'good', said: `have a secret; the subscription's URL is ${at}`, ...hint }
}
