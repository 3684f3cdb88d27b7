import { cut, oneLine } from '../../text/shorten.ts'
import { withoutHead } from '../github/github.ts'
import {
  good,
  type Item,
  type Note,
  never,
  type TrackedTicket,
  type Tracker,
  type TrackerAnswer,
} from '../tracker.ts'
import { trackerHttp } from '../tracker-http.ts'

/**
 * Jira Cloud over REST v3 (developer.atlassian.com/cloud/jira/platform/rest/v3). Text is the Atlassian Document Format:
 * a text node is shown as it is, and only a node of its own kind is a mention or a link. A summary has 255 characters
 * and no line break; a description 32,767. A label of the ticket's own finds it again, a property of the comment finds
 * that.
 */
export interface JiraOptions {
  /** https://NAME.atlassian.net */
  readonly site: string
  /** Key: OPS. */
  readonly project: string
  readonly issueType: string
  readonly labels: readonly string[]
  /** E-mail address of the token's owner. */
  readonly user: string
  readonly token: string
  readonly timeoutMs?: number
  readonly fetch?: typeof fetch
}

const EVIDENCE = 26_000
const RIGHTS = ['BROWSE_PROJECTS', 'CREATE_ISSUES', 'ADD_COMMENTS', 'TRANSITION_ISSUES'] as const

export function makeJira(options: JiraOptions): Tracker {
  const { site, project, issueType, labels, user, token, timeoutMs, fetch } = options
  const origin = new URL(site).origin
  const login = Buffer.from(`${user}:${token}`).toString('base64')
  const http = trackerHttp({
    name: 'Jira',
    base: `${origin}/rest/api/3`,
    secrets: [login, token],
    timeoutMs,
    fetch,
    headers: () => ({ accept: 'application/json', authorization: `Basic ${login}` }),
  })
  const item = (key: string): Item => ({ externalId: key, url: `${origin}/browse/${key}` })

  async function create(ticket: TrackedTicket, again: boolean): Promise<TrackerAnswer<Item>> {
    const own = `debvisor-${ticket.id}`
    if (again) {
      const jql = encodeURIComponent(`project = "${project}" AND labels = "${own}"`)
      const found = await http.call('GET', `/search/jql?jql=${jql}&fields=key&maxResults=1`)
      if (!found.ok) return found
      const key = keyOf((found.value as { issues?: unknown[] } | null)?.issues?.[0])
      if (key) return good(item(key))
    }
    const made = await http.call('POST', '/issue', {
      fields: {
        project: { key: project },
        issuetype: { name: issueType },
        summary: oneLine(ticket.title, 250),
        description: description(ticket),
        labels: [...labels, own],
      },
    })
    if (!made.ok) return made
    const key = keyOf(made.value)
    return key ? good(item(key)) : never('Jira did not say which issue it made')
  }

  async function note(
    at: Item,
    _ticket: TrackedTicket,
    said: Note,
    again: boolean,
  ): Promise<TrackerAnswer<null>> {
    const issue = `/issue/${encodeURIComponent(at.externalId)}`
    const found = again ? await hasNote(issue, said) : good(false)
    if (!found.ok) return found
    if (!found.value) {
      const properties = [{ key: 'debvisor', value: { note: said.key } }]
      const made = await http.call('POST', `${issue}/comment`, { body: noteDocument(said), properties })
      if (!made.ok) return made
    }
    if (said.kind === 'closed' || said.kind === 'reopened') return move(issue, said.kind === 'closed')
    return good(null)
  }

  async function hasNote(issue: string, { key }: Note): Promise<TrackerAnswer<boolean>> {
    const answer = await http.call(
      'GET',
      `${issue}/comment?orderBy=-created&maxResults=100&expand=properties`,
    )
    if (!answer.ok) return answer
    const { comments = [] } = (answer.value ?? {}) as { comments?: { properties?: Property[] }[] }
    return good(comments.some(({ properties = [] }) => properties.some(({ value }) => value?.note === key)))
  }

  /**
   * Moves an issue by the first transition into (or out of) a status that counts as done, since each site has its own
   * workflow.
   */
  async function move(issue: string, done: boolean): Promise<TrackerAnswer<null>> {
    const now = await http.call('GET', `${issue}?fields=status`)
    if (!now.ok) return now
    if (isDone((now.value as { fields?: { status?: Status } } | null)?.fields?.status) === done)
      return good(null)
    const answer = await http.call('GET', `${issue}/transitions`)
    if (!answer.ok) return answer
    const { transitions = [] } = (answer.value ?? {}) as { transitions?: { id?: string; to?: Status }[] }
    const way = transitions.find(({ to }) => isDone(to) === done)
    if (!way?.id)
      return never(
        `Jira offers no transition to a status that is ${done ? 'done' : 'not done'}: move it there by hand`,
      )
    const moved = await http.call('POST', `${issue}/transitions`, { transition: { id: way.id } })
    return moved.ok ? good(null) : moved
  }

  async function verify(): ReturnType<Tracker['verify']> {
    const asked = `/mypermissions?projectKey=${encodeURIComponent(project)}&permissions=${RIGHTS.join(',')}`
    const answer = await http.call('GET', asked)
    if (!answer.ok) return { ok: false, reason: answer.reason }
    const { permissions = {} } = (answer.value ?? {}) as {
      permissions?: Readonly<Record<string, { havePermission?: boolean }>>
    }
    const missing = RIGHTS.filter((right) => permissions[right]?.havePermission !== true)
    return missing.length === 0
      ? { ok: true, note: `${user} may write issues in ${project}` }
      : { ok: false, reason: `${user} lacks ${missing.join(', ')} in project ${project}` }
  }

  return { target: 'jira', create, note, verify }
}

interface Property {
  readonly value?: { readonly note?: unknown }
}
interface Status {
  readonly statusCategory?: { readonly key?: string }
}

const isDone = (status: Status | undefined): boolean => status?.statusCategory?.key === 'done'

/** The key of an issue. Nothing of another shape becomes part of a path or a link. */
function keyOf(value: unknown): string | undefined {
  const key = (value as { key?: unknown } | null | undefined)?.key
  return typeof key === 'string' && /^[A-Z][A-Z0-9_]{0,30}-\d{1,12}$/.test(key) ? key : undefined
}

type Node = Readonly<Record<string, unknown>>

const text = (value: string, marks: readonly Node[] = []): Node[] =>
  value === '' ? [] : [{ type: 'text', text: value, ...(marks.length > 0 ? { marks } : {}) }]
const paragraph = (...content: readonly Node[]): Node => ({ type: 'paragraph', content })
const document = (content: readonly Node[]): Node => ({ version: 1, type: 'doc', content })

export function description(ticket: TrackedTicket): Node {
  const { host, topic, openedBy, severity, number, recurrenceOf, threadUrl } = ticket
  const again = recurrenceOf === undefined ? '' : ` · again, after ticket ${recurrenceOf}`
  const about = `Ticket ${number} of DebVisor · ${severity} · ${topic} on ${host} · opened by ${openedBy}${again}`
  const thread = threadUrl?.startsWith('https://')
    ? [...text(' · '), ...text('Slack thread', [{ type: 'link', attrs: { href: threadUrl } }])]
    : []
  const evidence = cut(ticket.evidence.trim(), EVIDENCE)
  return document([
    paragraph(...text(oneLine(about, 600)), ...thread),
    ...lineNodes(withoutHead(ticket.opening)),
    ...(evidence ? [{ type: 'codeBlock', attrs: { language: 'text' }, content: text(evidence) }] : []),
  ])
}

export const noteDocument = (note: Note): Node =>
  document([
    paragraph(
      ...text(oneLine(note.by, 100) || 'somebody', [{ type: 'strong' }]),
      ...text(` ${oneLine(note.did, 200)}${note.text ? ':' : '.'}`),
    ),
    ...lineNodes(note.text),
  ])

/** A paragraph a line, "- " lines as a list: the format takes no line break inside a text. */
function lineNodes(value: string): Node[] {
  const nodes: Node[] = []
  let items: Node[] = []
  const flush = () => {
    if (items.length > 0) nodes.push({ type: 'bulletList', content: items })
    items = []
  }
  for (const raw of value.split(/[\r\n\u2028\u2029]+/)) {
    const line = oneLine(raw)
    const body = line.startsWith('- ') ? line.slice(2) : line
    if (body === '') continue
    if (body !== line) items.push({ type: 'listItem', content: [paragraph(...text(body))] })
    else {
      flush()
      nodes.push(paragraph(...text(body)))
    }
  }
  flush()
  return nodes
}
