import { z } from 'zod'
import { path, secretFile } from './schema-parts.ts'

/**
 * Senders of alerts, by name: each posts to `/alerts/NAME`. What proves them comes from a file (alert-secrets.ts). The
 * monitoring cannot sign, except where its webhook is made by hand: then a token, or a login and password.
 */

const words = (preset: readonly string[]) => z.array(z.string().trim().min(1)).default([...preset])
const place = z
  .string()
  .regex(
    /^[A-Za-z0-9_@-]+(\.[A-Za-z0-9_@-]+){0,9}$/,
    'a place in the body is keys joined by dots: `host.name`',
  )

const fields = z
  .strictObject({
    name: place.describe('Of the alert or check.'),
    host: place,
    state: place,
    fingerprint: place.optional().describe('The same for all notices of one alert. Default: name and host.'),
    startsAt: place.optional().describe('When it began: ISO 8601, or seconds since 1970.'),
    labels: place.optional().describe('A map of further labels.'),
  })
  .describe('Where they stand in the JSON body of a template.')

const states = z
  .strictObject({
    firing: words(['firing', 'problem', 'critical', 'warning', 'down', 'unreachable', 'alerting', '1']),
    resolved: words(['resolved', 'recovery', 'ok', 'up', '0']),
  })
  .prefault({})
  .describe('What a template writes as its state, in capitals or not. Other words are no news.')

const source = z
  .strictObject({
    kind: z.enum(['alertmanager', 'grafana', 'pagerduty', 'template']),
    channel: z
      .string()
      .regex(/^[CG][A-Z0-9]{2,20}$/, 'a channel is an id such as C0123ABCD')
      .describe('Where its alerts are told, and looked into. The bot is in it.'),
    tokenFile: secretFile.describe('File with the bearer token that it sends.'),
    user: z.string().trim().min(1).max(100).optional().describe('Of basic authentication.'),
    passwordFile: secretFile.describe('File with the password of `user`.'),
    secretFile: secretFile.describe('File with what it signs its requests with.'),
    signatureHeader: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,60}$/, 'a header is letters, digits and `-`')
      .optional()
      .describe('Of a template: where the HMAC-SHA-256 of the body is, in hex or base64.'),
    fields: fields.optional(),
    states,
    topics: z
      .record(z.string().trim().min(1), path)
      .default({})
      .describe('The topic that looks into an alert of that name, where no runbook lists it.'),
    hostGroups: z
      .array(path)
      .min(1)
      .optional()
      .describe('Groups of the inventory whose hosts its alerts may have looked at. Default: all.'),
    most: z
      .number()
      .int()
      .min(1)
      .max(200)
      .default(20)
      .describe('Diagnoses that it starts in ten minutes. What is beyond is told in one message.'),
  })
  .superRefine((value, context) => {
    const message = problemOf(value)
    if (message) context.addIssue({ code: 'custom', message })
  })

type Source = z.output<typeof source>

/** The first thing that does not fit its kind. */
function problemOf(value: Source): string | undefined {
  const { kind, tokenFile, user, passwordFile, secretFile: signed, signatureHeader } = value
  const isTemplate = kind === 'template'
  if ((user === undefined) !== (passwordFile === undefined)) return '`user` and `passwordFile` go together'
  const ways = [tokenFile, passwordFile, signed].filter((way) => way !== undefined).length
  if (ways > 1) return 'it is proven in one way: `tokenFile`, or `user` and `passwordFile`, or `secretFile`'
  if (kind === 'pagerduty' && signed === undefined)
    return 'PagerDuty signs: name the file with the secret of its V3 webhook subscription as `secretFile`'
  if (kind === 'alertmanager' || kind === 'grafana') {
    if (signed !== undefined)
      return `${kind} cannot sign: write \`tokenFile\`, or \`user\` and \`passwordFile\``
    if (ways === 0)
      return 'anybody could send its alerts: write `tokenFile`, or `user` and `passwordFile`, and let it send the same'
  }
  if (isTemplate && ways === 0)
    return 'anybody could send its alerts: write `tokenFile`, `user` and `passwordFile`, or `secretFile` and `signatureHeader`'
  if (isTemplate && (signed === undefined) !== (signatureHeader === undefined))
    return '`secretFile` and `signatureHeader` go together'
  if (!isTemplate && signatureHeader !== undefined) return '`signatureHeader` is for templates'
  if (isTemplate && value.fields === undefined)
    return 'a template says in `fields` where `name`, `host` and `state` stand in its body'
  if (!isTemplate && value.fields !== undefined)
    return '`fields` are for templates; the others have their own'
  return undefined
}

export const alertsSchema = z
  .record(
    z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a source of alerts is small letters, digits and `-`'),
    source,
  )
  .default({})
  .describe('Senders of alerts, by name: each posts to /alerts/NAME (docs/alerts.md).')

export type AlertSources = z.output<typeof alertsSchema>
