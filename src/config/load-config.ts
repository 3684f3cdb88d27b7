import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { ProblemInFile } from '../yaml/problem.ts'
import { type ReadDocument, readDocument } from '../yaml/read-document.ts'
import { databasePasswords } from './addresses.ts'
import { readAlertSources } from './alert-secrets.ts'
import type { Config } from './config.ts'
import { type ConfigFile, configSchema } from './schema.ts'
import {
  type Environment,
  inlineRemedy,
  readSecrets,
  SECRETS,
  type SecretName,
  type Secrets,
} from './secrets.ts'
import { readTraces } from './traces.ts'

export interface ConfigSources {
  /** Path of a debvisor.yml that must be there. Default: ./debvisor.yml if there is one, else the defaults. */
  readonly file?: string | undefined
  readonly env?: Environment
  /** The current folder. */
  readonly folder?: string
  /** Which secrets are read. Default: all of them, and then the lines of `redact.secretFiles` too. */
  readonly secrets?: readonly SecretName[] | undefined
}

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ProblemInFile[] }

/**
 * The only reader of the environment and of debvisor.yml. All mistakes are listed; with one there is no configuration.
 */
export function loadConfig({
  file,
  env = process.env,
  folder = process.cwd(),
  secrets,
}: ConfigSources = {}): LoadedConfig {
  const wanted = file ?? 'debvisor.yml'
  const path = resolve(folder, wanted)
  const present = file !== undefined || existsSync(path)
  const document = present ? readFile(wanted, path) : readDocument(wanted, 'version: 1', configSchema)
  if (!document.ok) return { ok: false, problems: document.problems.map(withSecretRemedy) }
  const place = present ? { file: path, folder: dirname(path) } : { file: undefined, folder }
  return assemble(document, env, place, secrets)
}

function readFile(shown: string, path: string) {
  try {
    return readDocument(shown, readFileSync(path, 'utf8'), configSchema)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined) throw error
    const message =
      code === 'ENOENT'
        ? 'there is no configuration here; copy debvisor.example.yml to this place, or leave --config out for the defaults'
        : `the configuration cannot be read (${code}); name a file that this user may read`
    return { ok: false as const, problems: [{ file: shown, line: 1, column: 1, path: '', message }] }
  }
}

/** Tells where a secret belongs, if somebody wrote it into debvisor.yml. */
function withSecretRemedy(problem: ProblemInFile): ProblemInFile {
  const [, kind = ''] = /^alerts\.[^.]+\.(token|password|secret)$/.exec(problem.path) ?? []
  const remedy = `a secret never stands in this file; name a file of its own as \`${kind}File\`, and change it if others have seen it`
  if (kind) return { ...problem, message: remedy }
  const source = Object.values(SECRETS).find(({ section, name }) => `${section}.${name}` === problem.path)
  return source ? { ...problem, message: inlineRemedy(source) } : problem
}

function assemble(
  document: ReadDocument<ConfigFile>,
  env: Environment,
  { file, folder }: { readonly file: string | undefined; readonly folder: string },
  only: readonly SecretName[] | undefined,
): LoadedConfig {
  const absolute = (path: string): string =>
    path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(folder, path)
  const secrets = readSecrets(document, env, absolute, only)
  const alerts = only ? { sources: [], problems: [] } : readAlertSources(document, absolute)
  const traces = readTraces(only ? {} : env)
  const problems = [...secrets.problems, ...alerts.problems, ...traces.problems]
  if (problems.length > 0) return { ok: false, problems }
  const config = toConfig(document.value, secrets, file, absolute)
  const proofs = alerts.sources.flatMap(({ proof }) => proof.secrets)
  const known = [...new Set([...config.secrets, ...proofs, ...traces.secrets])]
  const read = { alerts: alerts.sources, traces: traces.settings, secrets: known }
  return { ok: true, config: frozen({ ...config, ...read }) }
}

function toConfig(
  value: ConfigFile,
  { values, listed }: Secrets,
  file: string | undefined,
  absolute: (path: string) => string,
): Omit<Config, 'alerts' | 'traces'> {
  const {
    botToken,
    appToken,
    signingSecret,
    databaseUrl,
    passphrase,
    fixPassphrase,
    smtpPassword,
    routingKey,
  } = values
  const { mode, team, apiUrl } = value.slack
  const { slackUser, email, from } = value.escalation.lead
  const { apiToken, githubToken, jiraToken, webhookSecret, metricsToken } = values
  const single = [botToken, appToken, signingSecret, passphrase, fixPassphrase, smtpPassword, routingKey]
  const further = [apiToken, githubToken, jiraToken, webhookSecret, metricsToken]
  const webhookSecrets = splitSecrets(values.pagerWebhookSecret)
  const passwords = databaseUrl === undefined ? [] : databasePasswords(databaseUrl)
  return {
    file,
    slack: { mode, team, apiUrl, botToken, appToken, signingSecret },
    http: { ...value.http.listen, publicUrl: value.http.publicUrl },
    metrics: value.metrics && { listen: value.metrics.listen, token: metricsToken },
    store: { folder: absolute(value.store.folder), databaseUrl },
    inventory: absolute(value.inventory ?? './inventory.yml'),
    isInventoryNamed: value.inventory !== undefined,
    knownHosts: absolute(value.knownHosts),
    access: value.access && absolute(value.access),
    ssh: { user: value.ssh.user, keyFile: value.ssh.keyFile && absolute(value.ssh.keyFile), passphrase },
    fixes: {
      user: value.fixes.user,
      keyFile: value.fixes.keyFile && absolute(value.fixes.keyFile),
      passphrase: fixPassphrase,
    },
    limits: value.limits,
    runbooks: value.runbooks.map(absolute),
    escalation: {
      lead: { slackUser, email, from },
      smtp: value.smtp && mailServer(value.smtp, smtpPassword),
      pagerduty: routingKey === undefined ? undefined : { eventsUrl: value.pagerduty.eventsUrl, routingKey },
      pagerApi: apiToken === undefined ? undefined : pagerApi(value.pagerduty, apiToken),
      webhookSecrets,
      acknowledgeWithin: value.escalation.acknowledgeWithin.map(({ then: take, ...rule }) => ({
        ...rule,
        take,
      })),
    },
    mirrors: mirrors(value.mirrors, values),
    schedules: Object.entries(value.schedules).map(([name, { topic, host, hostGroup, ...rest }]) => ({
      ...{ name, ...rest, topic: topic ?? null, host: host ?? null, hostGroup: hostGroup ?? null },
    })),
    retention: value.retention,
    log: value.log,
    secrets: [
      ...new Set([
        ...[...single, ...further].filter((text) => text !== undefined),
        ...webhookSecrets,
        ...passwords,
        ...listed,
      ]),
    ],
  }
}

const mailServer = ({ url, user }: NonNullable<ConfigFile['smtp']>, password: string | undefined) => ({
  url,
  ...(user === undefined ? {} : { user }),
  ...(password === undefined ? {} : { password }),
})

function mirrors(
  { github, jira, webhook }: ConfigFile['mirrors'],
  { githubToken, jiraToken, webhookSecret }: Secrets['values'],
): Config['mirrors'] {
  return {
    github: github && githubToken ? { ...github, token: githubToken } : undefined,
    jira: jira && jiraToken ? { ...jira, token: jiraToken } : undefined,
    webhook: webhook && webhookSecret ? { url: webhook.url, secret: webhookSecret } : undefined,
  }
}

const pagerApi = (
  { apiUrl, schedules, escalationPolicies }: ConfigFile['pagerduty'],
  token: string,
): NonNullable<Config['escalation']['pagerApi']> => ({ apiUrl, token, schedules, escalationPolicies })

/** Two, separated by a comma, while PagerDuty's webhook subscription gets a new secret. */
const splitSecrets = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '')

function frozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) frozen(inner)
  return Object.freeze(value)
}
