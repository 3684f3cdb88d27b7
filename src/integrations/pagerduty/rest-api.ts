import { oneLine } from '../../text/shorten.ts'
import { isLoopback } from '../loopback.ts'
import { beginning, retryAfter, why } from './events-api.ts'
import { type FoundIncident, readIncidents, wholeSecond } from './incidents.ts'

/**
 * PagerDuty's REST API v2, read only (developer.pagerduty.com/api-reference): who is on call, which alerts an incident
 * holds, which incidents a dedup_key has made.
 */
export interface PagerApi {
  /** From the cache for 60 s; a failure is not kept. */
  onCall(): Promise<OnCallResult>
  /**
   * `alert_key` of the incident's alerts: the dedup_key of the events that opened them. Null: PagerDuty may say it
   * later.
   */
  alertKeys(incidentId: string): Promise<readonly string[] | null>
  /** Those that an event with that dedup_key opened since then, the newest first. Null: PagerDuty did not say. */
  incidentsOf(dedupKey: string, since: Date): Promise<readonly FoundIncident[] | null>
}

/** One person's turn. `until` null: it has no end. */
export interface OnCall {
  readonly name: string
  readonly level: number
  readonly policy: string
  readonly schedule: string | null
  readonly until: Date | null
}

export type OnCallResult =
  /** The first level first. `more`: there were more than one answer holds. */
  | { readonly ok: true; readonly turns: readonly OnCall[]; readonly more: boolean }
  /** One sentence. */
  | { readonly ok: false; readonly reason: string }

export interface PagerApiOptions {
  /** https://api.pagerduty.com, the EU's, or an emulator on this machine. */
  readonly apiUrl: string
  readonly token: string
  /** Ids; both empty: all that the token sees. */
  readonly schedules: readonly string[]
  readonly escalationPolicies: readonly string[]
  readonly timeoutMs: number
  /** Milliseconds, monotonic. */
  now(): number
  readonly fetch?: typeof fetch
}

const CACHED_MS = 60_000
/** The API's own limit. */
const PAGE = 100
const LARGEST_ANSWER = 1024 * 1024

export function makePagerApi(options: PagerApiOptions): PagerApi {
  const { token, timeoutMs, now, fetch = globalThis.fetch } = options
  const problem = apiUrlProblem(options.apiUrl)
  let kept: { readonly at: number; readonly result: OnCallResult } | undefined

  async function get(path: string): Promise<unknown> {
    if (problem) throw new Refused(problem)
    const response = await fetch(new URL(path, options.apiUrl), {
      headers: {
        authorization: `Token token=${token}`,
        accept: 'application/vnd.pagerduty+json;version=2',
      },
      // The token goes nowhere else (S22).
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((error: unknown) => {
      throw new Refused(`PagerDuty could not be reached: ${why(error, timeoutMs)}.`, true)
    })
    const { status } = response
    if (status !== 200) throw new Refused(await refusal(response), status === 429 || status >= 500)
    return parse(await wholeText(response))
  }

  async function onCall(): Promise<OnCallResult> {
    if (kept && now() - kept.at < CACHED_MS) return kept.result
    try {
      const result = readTurns(await get(`/oncalls?${onCallQuery(options)}`))
      kept = { at: now(), result }
      return result
    } catch (error) {
      if (error instanceof Refused) return { ok: false, reason: error.message }
      throw error
    }
  }

  async function alertKeys(incidentId: string): Promise<readonly string[] | null> {
    if (!/^[A-Z0-9]{1,30}$/i.test(incidentId)) return []
    try {
      const answer = (await get(`/incidents/${incidentId}/alerts?limit=${PAGE}`)) as { alerts?: unknown }
      const alerts = Array.isArray(answer.alerts) ? (answer.alerts as { alert_key?: unknown }[]) : []
      return alerts.flatMap(({ alert_key }) => (typeof alert_key === 'string' ? [alert_key] : []))
    } catch (error) {
      if (error instanceof Refused) return error.passing ? null : []
      throw error
    }
  }

  async function incidentsOf(dedupKey: string, since: Date): Promise<readonly FoundIncident[] | null> {
    const about = { incident_key: dedupKey, since: wholeSecond(since).toISOString(), limit: String(PAGE) }
    try {
      return readIncidents(await get(`/incidents?${new URLSearchParams(about)}`), since)
    } catch (error) {
      if (error instanceof Refused) return null
      throw error
    }
  }

  return { onCall, alertKeys, incidentsOf }
}

/** What PagerDuty did not give, as a sentence for the person who asked. */
class Refused extends Error {
  override readonly name = 'Refused'
  /** The same question may be answered later: network, 429, 5xx. */
  readonly passing: boolean
  constructor(sentence: string, passing = false) {
    super(sentence)
    this.passing = passing
  }
}

function onCallQuery({ schedules, escalationPolicies }: PagerApiOptions): URLSearchParams {
  const query = new URLSearchParams({ limit: String(PAGE), earliest: 'true' })
  for (const id of schedules) query.append('schedule_ids[]', id)
  for (const id of escalationPolicies) query.append('escalation_policy_ids[]', id)
  return query
}

async function refusal(response: Response): Promise<string> {
  const { status, headers } = response
  if (status === 401 || status === 403) {
    await response.body?.cancel()
    return 'PagerDuty does not take the REST API token. Look at PAGERDUTY_API_TOKEN.'
  }
  if (status === 429) {
    await response.body?.cancel()
    const seconds = Math.ceil((retryAfter(headers) ?? 60_000) / 1000)
    return `PagerDuty asks us to wait ${seconds} s.`
  }
  if (status >= 300 && status < 400)
    return 'PagerDuty answered with a redirect, which is not followed; check `pagerduty.apiUrl`.'
  const said = saidIn(await beginning(response))
  return `PagerDuty answered ${status}${said}.`
}

/** The documented error body: `{ error: { message, code, errors: [string] } }`. */
function saidIn(text: string): string {
  const { error } = (parseOr(text, {}) ?? {}) as { error?: { message?: unknown; errors?: unknown } }
  const parts = [error?.message, ...(Array.isArray(error?.errors) ? error.errors : [])]
  const words = parts.filter((part) => typeof part === 'string').join('; ')
  return words === '' ? '' : `: ${oneLine(words, 300)}`
}

async function wholeText({ body }: Response): Promise<string> {
  if (!body) return ''
  let text = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (text.length > LARGEST_ANSWER) throw new Refused('PagerDuty answered more than can be read.')
  }
  return text
}

function parse(text: string): unknown {
  const value = parseOr(text, undefined)
  if (typeof value !== 'object' || value === null) throw new Refused('PagerDuty answered what is not JSON.')
  return value
}

function parseOr(text: string, otherwise: unknown): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return otherwise
  }
}

interface Turn {
  readonly user?: { readonly summary?: unknown; readonly name?: unknown }
  readonly escalation_policy?: { readonly summary?: unknown }
  readonly schedule?: { readonly summary?: unknown } | null
  readonly escalation_level?: unknown
  readonly end?: unknown
}

function readTurns(answer: unknown): OnCallResult {
  const { oncalls, more } = answer as { oncalls?: unknown; more?: unknown }
  if (!Array.isArray(oncalls)) throw new Refused('PagerDuty answered without the list of who is on call.')
  const turns = (oncalls as Turn[]).map(readTurn)
  return {
    ok: true,
    turns: turns.sort((a, b) => a.policy.localeCompare(b.policy) || a.level - b.level),
    more: more === true,
  }
}

function readTurn({ user, escalation_policy, schedule, escalation_level, end }: Turn): OnCall {
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' ? oneLine(value, 100) : undefined
  const until = typeof end === 'string' ? new Date(end) : null
  return {
    name: text(user?.summary) ?? text(user?.name) ?? 'somebody without a name',
    level: typeof escalation_level === 'number' ? escalation_level : 0,
    policy: text(escalation_policy?.summary) ?? '',
    schedule: text(schedule?.summary) ?? null,
    until: until && !Number.isNaN(until.getTime()) ? until : null,
  }
}

/** The hosts that PagerDuty has, and this machine for an emulator: the token goes nowhere else (S22). */
const HOSTS: readonly string[] = ['api.pagerduty.com', 'api.eu.pagerduty.com']

/** A sentence where the token may not go there, else undefined. */
export function apiUrlProblem(apiUrl: string): string | undefined {
  if (!URL.canParse(apiUrl)) return '`pagerduty.apiUrl` is not a URL.'
  const { protocol, hostname, username, password } = new URL(apiUrl)
  if (username || password) return '`pagerduty.apiUrl` must not hold a user or a password.'
  if (protocol === 'https:' && HOSTS.includes(hostname)) return undefined
  if (protocol === 'http:' && isLoopback(hostname)) return undefined
  return `\`pagerduty.apiUrl\` must be https://${HOSTS.join(' or https://')}, or http to this machine.`
}
