import type { ProblemInFile } from '../yaml/problem.ts'
import type { ReadDocument } from '../yaml/read-document.ts'
import type { AlertSources } from './alerts.ts'
import type { Config } from './config.ts'
import { readSecretFile } from './private-file.ts'
import type { ConfigFile } from './schema.ts'

type Source = Config['alerts'][number]

/** Whoever guesses it has hosts looked at. */
const SHORTEST = 16

/** What proves each source, from the file that it names. Two, separated by a comma, while one is replaced. */
export function readAlertSources(
  document: ReadDocument<ConfigFile>,
  absolute: (path: string) => string,
): { readonly sources: readonly Source[]; readonly problems: readonly ProblemInFile[] } {
  const problems: ProblemInFile[] = []
  const sources = Object.entries(document.value.alerts).flatMap(([name, source]): Source[] => {
    const key = (['tokenFile', 'passwordFile', 'secretFile'] as const).find((each) => source[each])
    const file = key && source[key]
    if (!key || file === undefined) return []
    const read = readSecretFile(absolute(file))
    const secrets = read.ok ? read.text.split(',').map((secret) => secret.trim()) : []
    const message = read.ok
      ? secrets.every((secret) => secret.length >= SHORTEST)
        ? undefined
        : `what proves a sender has ${SHORTEST} characters or more: \`openssl rand -hex 32\``
      : read.message
    if (message === undefined) return [toSource(name, source, secrets)]
    problems.push(document.problem(['alerts', name, key], message))
    return []
  })
  return { sources, problems }
}

function toSource(name: string, source: AlertSources[string], secrets: readonly string[]): Source {
  const { kind, channel, fields, states, topics, hostGroups, most } = source
  return { name, kind, channel, proof: proofOf(source, secrets), fields, states, topics, hostGroups, most }
}

function proofOf(
  { kind, user, tokenFile, signatureHeader }: AlertSources[string],
  secrets: readonly string[],
): Source['proof'] {
  if (kind === 'pagerduty') return { way: 'pagerduty', secrets }
  if (tokenFile !== undefined) return { way: 'bearer', secrets }
  if (user !== undefined) return { way: 'basic', user, secrets }
  return { way: 'signature', header: (signatureHeader ?? '').toLowerCase(), secrets }
}
