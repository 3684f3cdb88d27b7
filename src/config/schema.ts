import { z } from 'zod'
import {
  emailProblem,
  eventsUrlProblem,
  pagerApiUrlProblem,
  parseListen,
  publicUrlProblem,
  slackApiUrlProblem,
  smtpUrlProblem,
} from './addresses.ts'
import { alertsSchema } from './alerts.ts'
import { mirrorsSchema } from './mirrors.ts'
import { retentionSchema } from './retention.ts'
import { schedulesSchema } from './schedules.ts'
import { checked, path, secretFile } from './schema-parts.ts'

/**
 * debvisor.yml. Unknown keys are errors. Secrets never stand in it: each one comes from the environment or from a file
 * of its own (secrets.ts). Paths are relative to the folder of this file.
 */

const listenAt = z.string().transform((text, context) => {
  const address = parseListen(text)
  if (address) return address
  context.addIssue({ code: 'custom', message: 'write address:port, such as 127.0.0.1:8090' })
  return z.NEVER
})
const listen = listenAt.prefault('127.0.0.1:8090').describe('address:port of the one listener.')
const pagerId = z
  .string()
  .regex(/^[A-Z0-9]{2,30}$/, 'an id of PagerDuty is letters and digits, such as P1A2B3C')
const atMost = (most: number, usual: number) => z.int().min(1).max(most).default(usual)
const login = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$/, 'a login is letters, digits, `.`, `_`, `-` and `@`')

export const configSchema = z
  .strictObject({
    version: z.literal(1),
    slack: z
      .strictObject({
        mode: z
          .enum(['socket', 'http'])
          .default('socket')
          .describe('socket: no public address is needed. http: Slack calls `http.publicUrl`.'),
        team: z
          .string()
          .regex(/^[TE][A-Z0-9]{2,20}$/, 'a workspace is an id such as T0123ABCD')
          .optional()
          .describe('The one workspace that is served. Default: the one of the bot token.'),
        apiUrl: checked(slackApiUrlProblem).optional().describe("In place of Slack's; ends in /api/."),
        botTokenFile: secretFile,
        appTokenFile: secretFile,
        signingSecretFile: secretFile,
      })
      .prefault({}),
    http: z
      .strictObject({
        listen,
        publicUrl: checked(publicUrlProblem)
          .optional()
          .describe('Under which others reach it, through a proxy.'),
      })
      .prefault({}),
    metrics: z
      .strictObject({
        listen: listenAt
          .optional()
          .describe('address:port of a listener of its own. Default: that of `http`.'),
        tokenFile: secretFile,
      })
      .optional()
      .describe('Answers GET /metrics, for Prometheus. Without this key there is no such path.'),
    store: z
      .strictObject({
        folder: path
          .default('./var/store')
          .describe('Of the embedded store, where there is no DATABASE_URL.'),
        databaseUrlFile: secretFile,
      })
      .prefault({}),
    inventory: path.optional().describe('Ansible inventory in YAML. Default: ./inventory.yml.'),
    access: path
      .optional()
      .describe(
        'The access policy (access.example.yml). Default: each full member may read, diagnose, escalate.',
      ),
    knownHosts: path.default('./known_hosts').describe('Pinned host keys.'),
    ssh: z
      .strictObject({
        user: login.optional().describe('Where the inventory has no ansible_user.'),
        keyFile: path.optional().describe('Where the inventory has no ansible_ssh_private_key_file.'),
        passphraseFile: secretFile,
      })
      .prefault({}),
    fixes: z
      .strictObject({
        user: login
          .optional()
          .describe('Where the inventory has no fix_user. Another one than for diagnoses.'),
        keyFile: path
          .optional()
          .describe('Where the inventory has no fix_ssh_private_key_file. No diagnosis may use it.'),
        passphraseFile: secretFile,
      })
      .prefault({})
      .describe('The login that applies fixes. Without it fixes are shown, and nobody can apply one.'),
    limits: z
      .strictObject({
        running: atMost(64, 8).describe('Diagnoses at once in each process of the bot.'),
        runningPerHost: atMost(64, 4).describe('Diagnoses at once on one host, of all processes.'),
        runningAlerts: atMost(64, 4).describe(
          'Diagnoses at once that alerts, watches and schedules asked for, of all processes.',
        ),
        runningFleets: atMost(64, 4).describe(
          'Diagnoses at once of hosts that people asked about together, of all processes; alerts go first.',
        ),
        fleetHosts: atMost(200, 50).describe('Hosts that a person may ask about together in Slack.'),
        waiting: atMost(10_000, 500).describe(
          'Diagnoses that wait; alerts, watches and schedules get half of these places at most.',
        ),
        waitingPerChannel: atMost(10_000, 50).describe('Of these for one channel.'),
        waitingPerUser: atMost(10_000, 20).describe('Of these for one person.'),
        watches: atMost(1_000, 50).describe('Hosts that are watched until they are healthy.'),
        watchesPerUser: atMost(1_000, 10).describe('Of these for one person.'),
        schedules: atMost(1_000, 50).describe('Schedules that people make, those of this file apart.'),
      })
      .prefault({})
      .describe('Who asks for more is told so, and nothing is started.'),
    runbooks: z.array(path).default([]).describe('Folders of your own runbooks.'),
    smtp: z
      .strictObject({
        url: checked(smtpUrlProblem).describe('smtp://host:port (STARTTLS) or smtps://host:port.'),
        user: z.string().trim().min(1).optional(),
        passwordFile: secretFile,
      })
      .optional(),
    pagerduty: z
      .strictObject({
        eventsUrl: checked(eventsUrlProblem).default('https://events.pagerduty.com/v2/enqueue'),
        routingKeyFile: secretFile,
        apiUrl: checked(pagerApiUrlProblem)
          .default('https://api.pagerduty.com')
          .describe("Of the REST API, for `/debvisor oncall`; the EU's is https://api.eu.pagerduty.com."),
        apiTokenFile: secretFile,
        schedules: z.array(pagerId).default([]).describe('Ids of the schedules that `oncall` names.'),
        escalationPolicies: z
          .array(pagerId)
          .default([])
          .describe('Ids of the escalation policies that `oncall` names; without either: all.'),
        webhookSecretFile: secretFile,
      })
      .prefault({}),
    escalation: z
      .strictObject({
        lead: z
          .strictObject({
            slackUser: z
              .string()
              .regex(/^[UW][A-Z0-9]{2,20}$/, 'a Slack user is an id such as U0123ABCD')
              .optional(),
            email: checked(emailProblem).default('devops@debvisor.internal'),
            from: checked(emailProblem)
              .default('debvisor@debvisor.internal')
              .describe('Sender of the mails.'),
          })
          .prefault({}),
        acknowledgeWithin: z
          .array(
            z.strictObject({
              hostGroups: z.array(path).min(1).optional().describe('Of the inventory; default: all hosts.'),
              severities: z
                .array(z.enum(['critical', 'warning', 'info']))
                .min(1)
                .optional()
                .describe("The problem's; default: all."),
              minutes: z.number().positive().max(1_440),
              // biome-ignore lint/suspicious/noThenProperty: people write this word, and nothing awaits a text
              then: z
                .enum(['offer', 'page'])
                .describe('offer: Level 3 is offered in the thread. page: in production it is taken.'),
            }),
          )
          .default([])
          .describe(
            'How long the lead has; the first rule that fits decides. Default: 30 minutes, then offer.',
          ),
      })
      .prefault({}),
    mirrors: mirrorsSchema,
    alerts: alertsSchema,
    schedules: schedulesSchema,
    retention: retentionSchema,
    redact: z
      .strictObject({
        secretFiles: z
          .array(path)
          .default([])
          .describe('Each line of these files is a secret that no output may show.'),
      })
      .prefault({}),
    log: z
      .strictObject({ level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info') })
      .prefault({}),
  })
  .describe('Configuration of DebVisor: debvisor.yml')

export type ConfigFile = z.output<typeof configSchema>

/** For editors: what a person may write, before defaults. */
export const configJsonSchema = () => z.toJSONSchema(configSchema, { io: 'input' })
