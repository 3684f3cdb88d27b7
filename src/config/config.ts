import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { type ReadDocument, readDocument } from '../yaml/document.ts'
import type { ProblemInFile } from '../yaml/problem.ts'
import { type Listen, parseListen, readDatabaseUrl } from './addresses.ts'
import { type ConfigFile, configSchema } from './schema.ts'
import { checkSecret, inlineRemedy, readPrivateFile, readSecretFile, SECRETS, type SecretSource } from './secrets.ts'

/** All that the program is told from outside: checked, frozen, paths absolute. What is undefined is not configured. */
export interface Config {
  /** The debvisor.yml that was read; undefined where the defaults hold. */
  readonly file: string | undefined
  readonly slack: {
    readonly mode: 'socket' | 'http'
    readonly team: string | undefined
    readonly apiUrl: string | undefined
    readonly botToken: string | undefined
    readonly appToken: string | undefined
    readonly signingSecret: string | undefined
  }
  readonly http: Listen & { readonly publicUrl: string | undefined }
  /** Without `databaseUrl` the embedded store opens `folder`. */
  readonly store: { readonly folder: string; readonly databaseUrl: string | undefined }
  readonly inventory: string
  readonly knownHosts: string
  readonly ssh: {
    readonly user: string | undefined
    readonly keyFile: string | undefined
    readonly passphrase: string | undefined
  }
  readonly runbooks: readonly string[]
  readonly escalation: {
    readonly lead: { readonly slackUser: string | undefined; readonly email: string; readonly from: string }
    readonly smtp: { readonly url: string; readonly user?: string; readonly password?: string } | undefined
    readonly pagerduty: { readonly eventsUrl: string; readonly routingKey: string } | undefined
    readonly ticketPrefix: string
  }
  readonly log: { readonly level: ConfigFile['log']['level'] }
  /** Every secret value, for the redactor. */
  readonly secrets: readonly string[]
}

export interface ConfigSources {
  /** Path of a debvisor.yml that must be there. Default: ./debvisor.yml if there is one, else the defaults. */
  readonly file?: string | undefined
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The current folder. */
  readonly folder?: string
}

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ProblemInFile[] }

/** The only reader of the environment and of debvisor.yml. All mistakes are listed; with one there is no configuration. */
export function loadConfig({ file, env = process.env, folder = process.cwd() }: ConfigSources = {}): LoadedConfig {
  const wanted = file ?? 'debvisor.yml'
  const path = resolve(folder, wanted)
  const present = file !== undefined || existsSync(path)
  const document = present ? readFile(wanted, path) : readDocument(wanted, 'version: 1', configSchema)
  if (!document.ok) return { ok: false, problems: document.problems.map(withSecretRemedy) }
  return assemble(document, env, present ? path : undefined, present ? dirname(path) : folder)
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

/** An unknown key that is the name of a secret gets the answer that matters. */
function withSecretRemedy(problem: ProblemInFile): ProblemInFile {
  const source = Object.values(SECRETS).find(({ section, name }) => `${section}.${name}` === problem.path)
  return source ? { ...problem, message: inlineRemedy(source) } : problem
}

function assemble(
  document: ReadDocument<ConfigFile>,
  env: Readonly<Record<string, string | undefined>>,
  file: string | undefined,
  folder: string,
): LoadedConfig {
  const { value } = document
  const problems: ProblemInFile[] = []
  const absolute = (path: string): string =>
    path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(folder, path)

  /** From the environment, else from the file that the environment or debvisor.yml names. */
  const secret = (source: SecretSource): string | undefined => {
    const { section, name, env: variable } = source
    const inEnvironment = (at: string, message: string): void => {
      problems.push({ file: 'environment', line: 1, column: 1, path: at, message })
    }
    const given = env[variable]
    if (given) {
      const text = checkSecret(given.trim())
      if (!text.ok) return void inEnvironment(variable, text.message)
      return text.text
    }
    const namedByEnvironment = env[`${variable}_FILE`]
    const settings = value[section] as Readonly<Record<string, unknown>> | undefined
    const named = namedByEnvironment || settings?.[`${name}File`]
    if (typeof named !== 'string') return undefined
    const text = readSecretFile(absolute(named))
    if (text.ok) return text.text
    if (namedByEnvironment) return void inEnvironment(`${variable}_FILE`, text.message)
    problems.push(document.problem([section, `${name}File`], text.message))
    return undefined
  }

  const botToken = secret(SECRETS.botToken)
  const appToken = secret(SECRETS.appToken)
  const signingSecret = secret(SECRETS.signingSecret)
  const databaseUrl = secret(SECRETS.databaseUrl)
  const passphrase = secret(SECRETS.passphrase)
  const smtpPassword = secret(SECRETS.smtpPassword)
  const routingKey = secret(SECRETS.routingKey)

  const database = databaseUrl === undefined ? undefined : readDatabaseUrl(databaseUrl)
  if (database?.problem) {
    const inFile = !env.DATABASE_URL && value.store.databaseUrlFile !== undefined
    problems.push(
      inFile
        ? document.problem(['store', 'databaseUrlFile'], database.problem)
        : { file: 'environment', line: 1, column: 1, path: 'DATABASE_URL', message: database.problem },
    )
  }
  const listed = value.redact.secretFiles.flatMap((path, i) => {
    const text = readPrivateFile(absolute(path))
    if (text.ok) return text.text.split(/\r?\n/).filter((line) => line.trim() !== '')
    problems.push(document.problem(['redact', 'secretFiles', i], text.message))
    return []
  })
  if (problems.length > 0) return { ok: false, problems }

  const secrets = [botToken, appToken, signingSecret, passphrase, smtpPassword, routingKey]
  const config: Config = {
    file,
    slack: {
      mode: value.slack.mode,
      team: value.slack.team,
      apiUrl: value.slack.apiUrl,
      botToken,
      appToken,
      signingSecret,
    },
    http: { ...(parseListen(value.http.listen) ?? { host: '127.0.0.1', port: 8090 }), publicUrl: value.http.publicUrl },
    store: { folder: absolute(value.store.folder), databaseUrl },
    inventory: absolute(value.inventory),
    knownHosts: absolute(value.knownHosts),
    ssh: {
      user: value.ssh.user,
      keyFile: value.ssh.keyFile === undefined ? undefined : absolute(value.ssh.keyFile),
      passphrase,
    },
    runbooks: value.runbooks.map(absolute),
    escalation: {
      lead: {
        slackUser: value.escalation.lead.slackUser,
        email: value.escalation.lead.email,
        from: value.escalation.lead.from,
      },
      smtp: value.smtp && {
        url: value.smtp.url,
        ...(value.smtp.user === undefined ? {} : { user: value.smtp.user }),
        ...(smtpPassword === undefined ? {} : { password: smtpPassword }),
      },
      pagerduty: routingKey === undefined ? undefined : { eventsUrl: value.pagerduty.eventsUrl, routingKey },
      ticketPrefix: value.escalation.ticketPrefix,
    },
    log: value.log,
    secrets: [
      ...new Set([...secrets.filter((text) => text !== undefined), ...(database?.passwords ?? []), ...listed]),
    ],
  }
  return { ok: true, config: frozen(config) }
}

function frozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) frozen(inner)
  return Object.freeze(value)
}
