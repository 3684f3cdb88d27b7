import { notUnderstood, type Parser, type Row, type Shape, understood } from '../parser.ts'
import { nginxTokens, type Token } from './nginx-tokens.ts'

/**
 * `nginx -T`: `.rows`, one a directive, in the order of the dump. Files that are included stand where they are
 * included: `context` is the whole path, `server_name` and `listen` are those of the server block around it (wherever
 * in the block they are written), `server` numbers the server blocks from 1 (0: outside of any). `location` is the
 * innermost one as written.
 *
 *     # configuration file /etc/nginx/sites-enabled/debvisor:
 *     server {
 *         listen 443 ssl;
 *         server_name debvisor.example;
 *         location /socket.io/ {
 *             proxy_pass http://127.0.0.1:8080;
 *             proxy_set_header Upgrade $http_upgrade;
 *         }
 *     }
 *
 * gives { name: "proxy_set_header", value: "Upgrade $http_upgrade", args: ["Upgrade", "$http_upgrade"],
 * context: "http/server/location /socket.io/", server_name: "debvisor.example", location: "/socket.io/", … }.
 */
const shape = {
  file: 'string',
  line: 'int',
  context: 'string',
  server: 'int',
  server_name: 'string',
  listen: 'string',
  location: 'string',
  name: 'string',
  value: 'string',
  args: 'list<string>',
} as const satisfies Shape

export const nginxConfig: Parser = {
  gives: { rows: shape },
  parse(text) {
    const files = filesOf(text)
    const dump: Dump = { directives: [], includes: [], servers: 0, root: folderOf(files[0]?.name ?? '') }
    for (const file of files)
      if (!readFile(file, dump)) return notUnderstood('the configuration that nginx -T prints', text)
    if (dump.directives.length === 0) return notUnderstood('the configuration that nginx -T prints', text)
    return understood({ rows: dump.directives.map(rowOf) })
  },
}

interface File {
  readonly name: string
  readonly text: string
}

/** Where a directive stands. */
interface Place {
  readonly context: string
  readonly location: string
  readonly server: Server | undefined
}

interface Server {
  readonly number: number
  readonly names: string[]
  readonly listens: string[]
}

interface Directive {
  readonly file: string
  readonly line: number
  readonly place: Place
  readonly name: string
  readonly args: readonly string[]
}

interface Dump {
  readonly directives: Directive[]
  readonly includes: { readonly pattern: string; readonly place: Place }[]
  readonly root: string
  servers: number
}

const MARKER = '# configuration file '
const top: Place = { context: '', location: '', server: undefined }
/** A snippet included in many servers is read for each; this many places are enough for any verdict. */
const MAX_PLACES = 50
const MAX_DIRECTIVES = 20_000

function filesOf(text: string): File[] {
  const files: { name: string; lines: string[] }[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith(MARKER) && line.trimEnd().endsWith(':'))
      files.push({ name: line.slice(MARKER.length).trimEnd().slice(0, -1), lines: [] })
    else if (files.length > 0) files.at(-1)?.lines.push(line)
    else if (line.trim() !== '' && !line.startsWith('nginx:')) files.push({ name: '', lines: [line] })
  }
  return files.map(({ name, lines }) => ({ name, text: lines.join('\n') }))
}

const folderOf = (file: string): string => file.slice(0, file.lastIndexOf('/') + 1)

/** False where the text is not a configuration. A file that is dumped before it is included stands at the top. */
function readFile(file: File, dump: Dump): boolean {
  const tokens = nginxTokens(file.text)
  if (!tokens) return false
  const places = dump.includes
    .filter((include) => matchesGlob(include.pattern, file.name))
    .slice(0, MAX_PLACES)
    .map((include) => include.place)
  return (places.length > 0 ? places : [top]).every((place) => readTokens(file, tokens, place, dump))
}

function readTokens(file: File, tokens: readonly Token[], outermost: Place, dump: Dump): boolean {
  const around: Place[] = [outermost]
  let words: Token[] = []
  for (const token of tokens) {
    if (token.kind === 'word') {
      words.push(token)
      continue
    }
    const [head, ...rest] = words
    const place = around.at(-1) ?? top
    words = []
    if (token.kind === '}') {
      if (head || around.length === 1) return false
      around.pop()
      continue
    }
    if (!head || dump.directives.length >= MAX_DIRECTIVES) return false
    const args = rest.map((word) => word.text)
    const directive: Directive = { file: file.name, line: head.line, place, name: head.text, args }
    dump.directives.push(directive)
    if (token.kind === '{') around.push(within(directive, dump))
    else note(directive, dump)
  }
  return words.length === 0 && around.length === 1
}

/** The place that a block opens. */
function within({ place, name, args }: Directive, dump: Dump): Place {
  const label = [name, ...args].join(' ')
  const context = place.context ? `${place.context}/${label}` : label
  if (name === 'location') return { ...place, context, location: args.join(' ') }
  // `server` in an upstream is a directive, not a block.
  if (name === 'server')
    return { context, location: '', server: { number: ++dump.servers, names: [], listens: [] } }
  return { ...place, context }
}

function note({ place, name, args }: Directive, dump: Dump): void {
  if (name === 'server_name') place.server?.names.push(...args)
  if (name === 'listen') place.server?.listens.push(args.join(' '))
  const [pattern] = args
  if (name === 'include' && pattern)
    dump.includes.push({ pattern: pattern.startsWith('/') ? pattern : `${dump.root}${pattern}`, place })
}

const rowOf = ({ file, line, place, name, args }: Directive): Row => ({
  file,
  line: BigInt(line),
  context: place.context,
  server: BigInt(place.server?.number ?? 0),
  server_name: place.server?.names.join(' ') ?? '',
  listen: place.server?.listens.join(', ') ?? '',
  location: place.location,
  name,
  value: args.join(' '),
  args,
})

/**
 * `*` and `?`, neither of which crosses a slash. Goes back to the last star only, so it is at worst quadratic in a
 * file's name.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  let at = 0
  let star = -1
  let restart = 0
  let i = 0
  while (i < name.length) {
    const wanted = pattern[at]
    if (wanted === '*') {
      star = at++
      restart = i
    } else if (wanted === name[i] || (wanted === '?' && name[i] !== '/')) {
      at++
      i++
    } else if (star >= 0 && name[restart] !== '/') {
      at = star + 1
      i = ++restart
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
