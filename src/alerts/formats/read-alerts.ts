import type { AlertSource } from '../source.ts'
import type { ReadAlerts } from './alert.ts'
import { readPagerDutyAlerts } from './pagerduty.ts'
import { readPrometheusAlerts } from './prometheus.ts'
import { readTemplate } from './template.ts'

/** The alerts of a notice whose sender is proven. Never throws. */
export function readAlerts(
  source: Pick<AlertSource, 'kind' | 'fields' | 'states'>,
  body: Buffer,
): ReadAlerts {
  const { kind, fields, states } = source
  if (kind === 'pagerduty') return readPagerDutyAlerts(body)
  const json = parsed(body)
  if (json === undefined) return { ok: false, reason: 'it is no JSON' }
  if (kind !== 'template') return readPrometheusAlerts(json)
  return fields
    ? readTemplate(json, fields, states)
    : { ok: false, reason: 'nobody has configured where its parts stand' }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
