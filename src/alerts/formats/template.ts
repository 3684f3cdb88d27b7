import type { TemplateFields, TemplateStates } from '../source.ts'
import { fieldsOf, fingerprintOf, labelsOf, type ReadAlerts, timeOf, wordOf } from './alert.ts'

/**
 * A body of one's own making, such as Icinga's or Zabbix's scripts send it: one alert, whose parts stand where
 * `fields` says.
 */
export function readTemplate(body: unknown, fields: TemplateFields, states: TemplateStates): ReadAlerts {
  if (!fieldsOf(body)) return { ok: false, reason: 'it is no map' }
  const word = (place: string | undefined) => (place === undefined ? undefined : wordOf(at(body, place)))
  const [name, host, state] = [word(fields.name), word(fields.host), word(fields.state)]
  const missing = [
    ...(name === undefined ? [`the name at \`${fields.name}\``] : []),
    ...(host === undefined ? [`the host at \`${fields.host}\``] : []),
    ...(state === undefined ? [`the state at \`${fields.state}\``] : []),
  ]
  if (name === undefined || host === undefined || state === undefined)
    return { ok: false, reason: `it lacks ${missing.join(' and ')}` }
  const news = stateOf(state, states)
  // An acknowledgement, a downtime, a state that nobody listed.
  if (!news) return { ok: true, alerts: [], leftOut: 0 }
  const own = word(fields.fingerprint)
  const further = fields.labels === undefined ? {} : labelsOf(at(body, fields.labels))
  return {
    ok: true,
    alerts: [
      {
        fingerprint: own === undefined ? fingerprintOf('check', host, name) : fingerprintOf(own),
        state: news,
        name,
        labels: { ...further, alertname: name, host },
        startsAt: fields.startsAt === undefined ? null : timeOf(at(body, fields.startsAt)),
      },
    ],
    leftOut: 0,
  }
}

/** `host.name`: keys of maps, and positions in lists. */
const at = (body: unknown, place: string): unknown =>
  place
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, key)
          ? (value as Readonly<Record<string, unknown>>)[key]
          : undefined,
      body,
    )

function stateOf(word: string, { firing, resolved }: TemplateStates): 'firing' | 'resolved' | undefined {
  const isIn = (words: readonly string[]) => words.some((each) => each.toLowerCase() === word.toLowerCase())
  if (isIn(resolved)) return 'resolved'
  return isIn(firing) ? 'firing' : undefined
}
