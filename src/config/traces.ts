import type { ProblemInFile } from '../yaml/problem.ts'
import { collectorUrlProblem } from './addresses.ts'
import type { Config } from './config.ts'
import { checkSecret } from './private-file.ts'
import { type Environment, inEnvironment } from './secrets.ts'

/**
 * Where traces go: the variables of OpenTelemetry that any other program on that machine reads too, so they have no key in
 * debvisor.yml. Headers often hold a token: their values are secrets.
 */
export function readTraces(env: Environment): {
  readonly settings: Config['traces']
  readonly secrets: readonly string[]
  readonly problems: readonly ProblemInFile[]
} {
  const own = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
  const shared = env.OTEL_EXPORTER_OTLP_ENDPOINT
  const endpoint = own || shared
  if (!endpoint || env.OTEL_SDK_DISABLED?.toLowerCase() === 'true')
    return { settings: undefined, secrets: [], problems: [] }
  const given = env.OTEL_EXPORTER_OTLP_TRACES_HEADERS || env.OTEL_EXPORTER_OTLP_HEADERS || ''
  const headers = readHeaders(given)
  const values = Object.values(headers ?? {})
  const name = own ? 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' : 'OTEL_EXPORTER_OTLP_ENDPOINT'
  const wrong = collectorUrlProblem(endpoint, values.length > 0)
  const problems = [
    ...(wrong ? [{ ...inEnvironment(name), message: wrong }] : []),
    ...(headers
      ? []
      : [
          {
            ...inEnvironment('OTEL_EXPORTER_OTLP_HEADERS'),
            message: 'write name=value, and a comma between two',
          },
        ]),
  ]
  if (problems.length > 0 || !headers) return { settings: undefined, secrets: [], problems }
  const url = own ? endpoint : `${endpoint.replace(/\/+$/, '')}/v1/traces`
  const service = env.OTEL_SERVICE_NAME || 'debvisor'
  return {
    settings: { url, headers, service },
    secrets: values.filter((value) => checkSecret(value).ok),
    problems,
  }
}

/** `name=value,name=value`, values as in a URL. Undefined: it is written otherwise. */
function readHeaders(text: string): Readonly<Record<string, string>> | undefined {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '')
  const read = pairs.map((pair) => /^\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*=\s*([^\r\n]*?)\s*$/.exec(pair))
  if (read.includes(null)) return undefined
  try {
    return Object.fromEntries(read.map((match) => [match?.[1] ?? '', decodeURIComponent(match?.[2] ?? '')]))
  } catch {
    return undefined
  }
}
