import { linesOf, notUnderstood, type Parser, type Row, type Shape, understood, words } from '../parser.ts'

/**
 * The policies of a page, `header` or `meta`, and which of their hosts it `mentions`, each behind a tab: `.rows`. For
 * what the page `wants`, to connect and to load scripts, it is the directive that decides: its first mention, and
 * default-src where it has none (CSP Level 3, "effective directive"). A header field may hold several policies, and all
 * of them count. Hosts that are mentioned are rows too, where a policy lets the page connect to them.
 *
 *     header	default-src 'self'; connect-src https://api.example.net
 *     meta	script-src https://cdn.example.net
 *     mentions	api.example.net
 *
 * gives { where: "header", wants: "connect", directive: "connect-src", sources: "https://api.example.net" },
 * { where: "header", wants: "script", directive: "default-src", sources: "'self'" }, …,
 * { where: "page", wants: "mentions", directive: "-", sources: "api.example.net" }.
 */
const shape = {
  where: 'string',
  wants: 'string',
  directive: 'string',
  sources: 'string',
} as const satisfies Shape

export const contentSecurityPolicy: Parser = {
  gives: { rows: shape },
  parse(text) {
    const facts = linesOf(text).map(factOf)
    if (facts.includes(undefined))
      return notUnderstood('`header`, `meta` or `mentions`, a tab and a text', text)
    const known = facts.filter((fact) => fact !== undefined)
    const rules = known
      .flatMap(({ kind, text }) => (kind === 'mentions' ? [] : policiesOf(kind, text)))
      .slice(0, MOST)
    const rows = rules.flatMap(({ where, directives }) => effective(where, directives))
    const hosts = new Set(
      rows.filter(({ wants }) => wants === 'connect').flatMap(({ sources }) => hostsOf(sources)),
    )
    const named = known.filter(({ kind, text }) => kind === 'mentions' && hosts.has(text.toLowerCase()))
    return understood({ rows: [...rows, ...named.map(({ text }) => mention(text))] })
  },
}

/** Policies of one page that are looked at. */
const MOST = 8
const LONGEST_SOURCES = 600

type Kind = 'header' | 'meta' | 'mentions'

function factOf(line: string): { kind: Kind; text: string } | undefined {
  const [kind, text, ...more] = line.split('\t')
  if (text === undefined || more.length > 0) return undefined
  return kind === 'header' || kind === 'meta' || kind === 'mentions' ? { kind, text } : undefined
}

interface Policy {
  readonly where: 'header' | 'meta'
  /** Sources by the directive's name, in lower case. */
  readonly directives: ReadonlyMap<string, readonly string[]>
}

const policiesOf = (where: Policy['where'], text: string): Policy[] =>
  (where === 'header' ? text.split(',') : [text]).map((policy) => ({
    where,
    directives: directivesOf(policy),
  }))

function directivesOf(policy: string): Policy['directives'] {
  const directives = new Map<string, readonly string[]>()
  for (const directive of policy.split(';')) {
    const [name, ...sources] = words(directive)
    const key = name?.toLowerCase()
    if (key !== undefined && !directives.has(key)) directives.set(key, sources)
  }
  return directives
}

type Rule = { readonly [field in keyof typeof shape]: string }

/** What decides whether the page may connect and load scripts; nothing for what no directive speaks of. */
function effective(where: Policy['where'], directives: Policy['directives']): Rule[] {
  return Object.entries(deciding).flatMap(([wants, names]): Rule[] => {
    const directive = names.find((name) => directives.has(name))
    if (directive === undefined) return []
    const sources = (directives.get(directive) ?? []).join(' ').slice(0, LONGEST_SOURCES)
    return [{ where, wants, directive, sources: sources === '' ? "'none'" : sources }]
  })
}

const deciding: Readonly<Record<'connect' | 'script', readonly string[]>> = {
  connect: ['connect-src', 'default-src'],
  script: ['script-src-elem', 'script-src', 'default-src'],
}

/** Of "wss://*.Example.com:443/path": example.com. */
const hostsOf = (sources: string): string[] =>
  sources
    .toLowerCase()
    .split(' ')
    .map((source) => /^(?:[a-z]{1,20}:\/\/)?(?:\*\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)/.exec(source)?.[1])
    .filter((host) => host !== undefined)

const mention = (host: string): Row => ({ where: 'page', wants: 'mentions', directive: '-', sources: host })
