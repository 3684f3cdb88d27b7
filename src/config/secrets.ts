import type { ProblemInFile } from '../yaml/problem.ts'
import type { ReadDocument } from '../yaml/read-document.ts'
import { databaseUrlProblem } from './addresses.ts'
import { checkSecret, readPrivateFile, readSecretFile, type SecretText } from './private-file.ts'
import type { ConfigFile } from './schema.ts'

/**
 * Where a secret may come from: an environment variable, a file named by one (`…_FILE`), or a file named in
 * debvisor.yml.
 */
export interface SecretSource {
  /** Section and name, as if it stood in debvisor.yml, where it must not: `slack.botToken`. */
  readonly section:
    | 'slack'
    | 'store'
    | 'metrics'
    | 'ssh'
    | 'fixes'
    | 'smtp'
    | 'pagerduty'
    | 'mirrors.github'
    | 'mirrors.jira'
    | 'mirrors.webhook'
  readonly name: string
  readonly env: string
  readonly problemOf?: (text: string) => string | undefined
}

export const SECRETS = {
  botToken: { section: 'slack', name: 'botToken', env: 'SLACK_BOT_TOKEN' },
  appToken: { section: 'slack', name: 'appToken', env: 'SLACK_APP_TOKEN' },
  signingSecret: { section: 'slack', name: 'signingSecret', env: 'SLACK_SIGNING_SECRET' },
  databaseUrl: { section: 'store', name: 'databaseUrl', env: 'DATABASE_URL', problemOf: databaseUrlProblem },
  metricsToken: {
    section: 'metrics',
    name: 'token',
    env: 'DEBVISOR_METRICS_TOKEN',
    problemOf: (text) =>
      text.length >= 16 ? undefined : 'a token has 16 characters or more: `openssl rand -hex 32`',
  },
  passphrase: { section: 'ssh', name: 'passphrase', env: 'SSH_PASSPHRASE' },
  fixPassphrase: { section: 'fixes', name: 'passphrase', env: 'FIX_SSH_PASSPHRASE' },
  smtpPassword: { section: 'smtp', name: 'password', env: 'SMTP_PASSWORD' },
  routingKey: { section: 'pagerduty', name: 'routingKey', env: 'PAGERDUTY_ROUTING_KEY' },
  apiToken: { section: 'pagerduty', name: 'apiToken', env: 'PAGERDUTY_API_TOKEN' },
  pagerWebhookSecret: { section: 'pagerduty', name: 'webhookSecret', env: 'PAGERDUTY_WEBHOOK_SECRET' },
  githubToken: { section: 'mirrors.github', name: 'token', env: 'DEBVISOR_GITHUB_TOKEN' },
  jiraToken: { section: 'mirrors.jira', name: 'token', env: 'DEBVISOR_JIRA_TOKEN' },
  webhookSecret: {
    section: 'mirrors.webhook',
    name: 'secret',
    env: 'DEBVISOR_WEBHOOK_SECRET',
    problemOf: (text) =>
      text.length >= 16 ? undefined : 'a secret that signs has 16 characters or more: `openssl rand -hex 32`',
  },
} as const satisfies Record<string, SecretSource>

/** "SLACK_BOT_TOKEN or the file that `slack.botTokenFile` names" */
export const placesOf = ({ section, name, env }: SecretSource): string =>
  `${env} or the file that \`${section}.${name}File\` names`

/** For a secret that somebody wrote into debvisor.yml. */
export const inlineRemedy = (source: SecretSource): string =>
  `a secret never stands in this file; put it into ${placesOf(source)}, and change it if others have seen it`

export type Environment = Readonly<Record<string, string | undefined>>

export type SecretName = keyof typeof SECRETS

export interface Secrets {
  readonly values: Readonly<Record<SecretName, string | undefined>>
  /** The lines of `redact.secretFiles`. */
  readonly listed: readonly string[]
  readonly problems: readonly ProblemInFile[]
}

/** `only`: the secrets to read; the others are left out, whatever is wrong with them. */
export function readSecrets(
  document: ReadDocument<ConfigFile>,
  env: Environment,
  absolute: (path: string) => string,
  only?: readonly SecretName[],
): Secrets {
  const problems: ProblemInFile[] = []
  const read = (name: SecretName): string | undefined => {
    if (only && !only.includes(name)) return undefined
    const source: SecretSource = SECRETS[name]
    const found = findSecret(source, document, env, absolute)
    if (!found) return undefined
    const message = found.text.ok ? source.problemOf?.(found.text.text) : found.text.message
    if (message === undefined) return found.text.ok ? found.text.text : undefined
    problems.push({ ...found.place, message })
    return undefined
  }
  const values = {
    botToken: read('botToken'),
    appToken: read('appToken'),
    signingSecret: read('signingSecret'),
    databaseUrl: read('databaseUrl'),
    metricsToken: read('metricsToken'),
    passphrase: read('passphrase'),
    fixPassphrase: read('fixPassphrase'),
    smtpPassword: read('smtpPassword'),
    routingKey: read('routingKey'),
    apiToken: read('apiToken'),
    pagerWebhookSecret: read('pagerWebhookSecret'),
    githubToken: read('githubToken'),
    jiraToken: read('jiraToken'),
    webhookSecret: read('webhookSecret'),
  }
  if (only) return { values, listed: [], problems }
  problems.push(...missing(document, values, problems))
  const listed = document.value.redact.secretFiles.flatMap((path, i) => {
    const text = readPrivateFile(absolute(path))
    if (text.ok) return text.text.split(/\r?\n/).filter((line) => line.trim() !== '')
    problems.push(document.problem(['redact', 'secretFiles', i], text.message))
    return []
  })
  return { values, listed, problems }
}

/** In this order: the variable, the file that the environment names, the file that debvisor.yml names. */
function findSecret(
  { section, name, env: variable }: SecretSource,
  document: ReadDocument<ConfigFile>,
  env: Environment,
  absolute: (path: string) => string,
): { readonly text: SecretText; readonly place: ProblemInFile } | undefined {
  const given = env[variable]
  if (given) return { text: checkSecret(given.trim()), place: inEnvironment(variable) }
  const file = env[`${variable}_FILE`]
  if (file) return { text: readSecretFile(absolute(file)), place: inEnvironment(`${variable}_FILE`) }
  const named = settingsOf(document.value, section)?.[`${name}File`]
  if (typeof named !== 'string') return undefined
  const place = document.problem([...section.split('.'), `${name}File`], '')
  return { text: readSecretFile(absolute(named)), place }
}

type Settings = Readonly<Record<string, unknown>>

const settingsOf = (value: ConfigFile, section: SecretSource['section']): Settings | undefined =>
  section.split('.').reduce<Settings | undefined>((at, key) => at?.[key] as Settings | undefined, value)

/** A tracker that is configured needs its secret: without it no ticket would ever get there. */
function missing(
  document: ReadDocument<ConfigFile>,
  values: Secrets['values'],
  known: readonly ProblemInFile[],
): ProblemInFile[] {
  const needed = ['githubToken', 'jiraToken', 'webhookSecret'] as const
  return needed.flatMap((key) => {
    const source: SecretSource = SECRETS[key]
    if (known.length > 0 || values[key] !== undefined || !settingsOf(document.value, source.section))
      return []
    const message = `it needs a ${source.name}: set ${placesOf(source)}`
    return [document.problem(source.section.split('.'), message)]
  })
}

export const inEnvironment = (path: string): ProblemInFile => ({
  file: 'environment',
  line: 1,
  column: 1,
  path,
  message: '',
})
