import { type Alert, fieldsOf, fingerprintOf, labelsOf, type ReadAlerts, timeOf, wordOf } from './alert.ts'

/**
 * The webhook of Alertmanager (prometheus.io/docs/alerting/latest/configuration/#webhook_config), version 4, and that of
 * Grafana's contact points, which has the same fields and more:
 *
 *     { "version": "4", "status": "firing", "truncatedAlerts": 0, "alerts": [
 *       { "status": "firing", "labels": { "alertname": "HighCpuUsage", "instance": "panel1:9100" },
 *         "annotations": {}, "startsAt": "2026-11-05T14:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
 *         "generatorURL": "http://…", "fingerprint": "9a3c…" } ] }
 */
export function readPrometheusAlerts(body: unknown): ReadAlerts {
  const notice = fieldsOf(body)
  if (!Array.isArray(notice?.alerts)) return { ok: false, reason: 'there is no list `alerts` in it' }
  const alerts = notice.alerts.flatMap((alert) => readAlert(alert) ?? [])
  const unread = notice.alerts.length - alerts.length
  if (unread > 0 && alerts.length === 0)
    return { ok: false, reason: 'no alert of it has `status` (firing or resolved) and `labels`' }
  const left = Number(notice.truncatedAlerts)
  return { ok: true, alerts, leftOut: unread + (Number.isSafeInteger(left) && left > 0 ? left : 0) }
}

function readAlert(value: unknown): Alert | undefined {
  const alert = fieldsOf(value)
  const state = alert?.status
  if (!alert || (state !== 'firing' && state !== 'resolved') || !fieldsOf(alert.labels)) return undefined
  const labels = labelsOf(alert.labels)
  const own = wordOf(alert.fingerprint)
  const sorted = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1))
  return {
    fingerprint: own === undefined ? fingerprintOf('labels', ...sorted.flat()) : fingerprintOf(own),
    state,
    name: labels.alertname ?? '',
    labels,
    startsAt: timeOf(alert.startsAt),
  }
}
