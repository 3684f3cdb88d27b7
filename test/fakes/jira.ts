import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * The part of Jira Cloud's REST v3 that we use, over a real socket. It refuses what its documents refuse (developer.atlassian.com/cloud/jira/platform/rest/v3:
 * "Create issue", "Add comment", "Transition issue", "Search for issues using JQL enhanced search", and the Atlassian Document Format) with their bodies.
 */
export interface FakeJira {
  readonly url: string
  readonly issues: readonly JiraIssue[]
  close(): Promise<void>
}

export interface JiraIssue {
  readonly key: string
  readonly fields: Readonly<Record<string, unknown>>
  status: 'new' | 'done'
  readonly comments: { readonly body: unknown; readonly properties: unknown[] }[]
}

export interface JiraOptions {
  readonly user: string
  readonly token: string
  readonly project: string
  /** Rights that the user lacks. */
  readonly lacks?: readonly string[]
  /** A workflow with no way to done. */
  readonly stuck?: boolean
}

interface Answer {
  readonly status: number
  readonly body?: unknown
}
const refused = (status: number, ...errorMessages: string[]): Answer => ({
  status,
  body: { errorMessages, errors: {} },
})

export async function startJira(options: JiraOptions): Promise<FakeJira> {
  const issues: JiraIssue[] = []
  const server = createServer((request, response) => {
    void answerTo(request, issues, options).then((answer) => send(response, answer))
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    issues,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === undefined ? '' : JSON.stringify(body))
}

async function answerTo(
  request: IncomingMessage,
  issues: JiraIssue[],
  options: JiraOptions,
): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  const login = Buffer.from(`${options.user}:${options.token}`).toString('base64')
  if (request.headers.authorization !== `Basic ${login}`)
    return refused(401, 'Client must be authenticated to access this resource.')
  if (text && !/^application\/json(;|$)/.test(request.headers['content-type'] ?? '')) return { status: 415 }
  const url = new URL(request.url ?? '/', 'http://x')
  const path = url.pathname.replace(/^\/rest\/api\/3/, '')
  const body = text ? (JSON.parse(text) as Fields) : {}
  const what = `${request.method} ${path.replace(/^\/issue\/[^/]+/, '/issue/KEY')}`
  const issue = issues.find(({ key }) => key === /^\/issue\/([^/]+)/.exec(path)?.[1])
  switch (what) {
    case 'GET /mypermissions':
      return permissions(url, options)
    case 'POST /issue':
      return create(body, issues, options)
    case 'GET /search/jql':
      return search(url, issues)
  }
  if (!issue) return refused(404, 'Issue does not exist or you do not have permission to see it.')
  switch (what) {
    case 'GET /issue/KEY':
      return { status: 200, body: { key: issue.key, fields: { status: statusOf(issue) } } }
    case 'POST /issue/KEY/comment':
      return comment(body, issue)
    case 'GET /issue/KEY/comment': {
      const properties = url.searchParams.get('expand') === 'properties'
      const comments = issue.comments.map((each) => (properties ? each : { body: each.body })).reverse()
      return { status: 200, body: { comments } }
    }
    case 'GET /issue/KEY/transitions':
      return { status: 200, body: { transitions: transitions(options) } }
    case 'POST /issue/KEY/transitions':
      return transition(body, issue, options)
  }
  return refused(404, `no ${what}`)
}

type Fields = Readonly<Record<string, unknown>>

function permissions(url: URL, { project, lacks = [] }: JiraOptions): Answer {
  if (url.searchParams.get('projectKey') !== project) return refused(404, 'No project could be found.')
  const asked = url.searchParams.get('permissions')?.split(',') ?? []
  if (asked.length === 0) return refused(400, 'The permissions query parameter is required.')
  const all = asked.map((key) => [key, { key, havePermission: !lacks.includes(key) }])
  return { status: 200, body: { permissions: Object.fromEntries(all) } }
}

function create(body: Fields, issues: JiraIssue[], { project }: JiraOptions): Answer {
  const fields = (body.fields ?? {}) as Fields
  const { summary, description, labels } = fields
  const errors: Record<string, string> = {}
  if ((fields.project as Fields | undefined)?.key !== project) errors.project = 'valid project is required'
  if (!(fields.issuetype as Fields | undefined)?.name) errors.issuetype = 'valid issue type is required'
  if (typeof summary !== 'string' || summary.trim() === '')
    errors.summary = 'You must specify a summary of the issue.'
  else if (summary.length > 255) errors.summary = "Summary can't exceed 255 characters."
  else if (/[\r\n]/.test(summary))
    errors.summary = 'The summary is invalid because it contains newline characters.'
  const wrong = documentProblem(description)
  if (wrong) errors.description = wrong
  if (textOf(description).length > 32_767) errors.description = 'The entered text is too long.'
  if (!Array.isArray(labels) || labels.some((label) => typeof label !== 'string' || /\s/.test(label)))
    errors.labels = 'The label contains spaces which is invalid.'
  if (Object.keys(errors).length > 0) return { status: 400, body: { errorMessages: [], errors } }
  const issue: JiraIssue = { key: `${project}-${issues.length + 1}`, fields, status: 'new', comments: [] }
  issues.push(issue)
  return { status: 201, body: { id: String(10_000 + issues.length), key: issue.key } }
}

function search(url: URL, issues: readonly JiraIssue[]): Answer {
  const jql = /^project = "([A-Z0-9_]+)" AND labels = "([^"]+)"$/.exec(url.searchParams.get('jql') ?? '')
  if (!jql) return refused(400, 'Error in the JQL Query')
  const found = issues.filter(({ fields }) => (fields.labels as string[]).includes(jql[2] ?? ''))
  return { status: 200, body: { issues: found.map(({ key }) => ({ key })), isLast: true } }
}

function comment(body: Fields, issue: JiraIssue): Answer {
  const tooLong = textOf(body.body).length > 32_767 ? 'The entered text is too long.' : undefined
  const wrong = documentProblem(body.body) ?? tooLong
  if (wrong) return { status: 400, body: { errorMessages: [], errors: { comment: wrong } } }
  const properties = Array.isArray(body.properties) ? body.properties : []
  issue.comments.push({ body: body.body, properties })
  return { status: 201, body: { id: String(issue.comments.length) } }
}

const statusOf = ({ status }: JiraIssue) => ({ statusCategory: { key: status } })
const transitions = ({ stuck }: JiraOptions) => [
  { id: '11', name: 'To Do', to: { statusCategory: { key: 'new' } } },
  ...(stuck ? [] : [{ id: '31', name: 'Done', to: { statusCategory: { key: 'done' } } }]),
]

function transition(body: Fields, issue: JiraIssue, options: JiraOptions): Answer {
  const id = (body.transition as Fields | undefined)?.id
  const way = transitions(options).find((each) => each.id === id)
  if (!way) return refused(400, 'Transition is not valid for this issue')
  issue.status = way.to.statusCategory.key as JiraIssue['status']
  return { status: 204 }
}

/** What may stand in what, of the nodes that we use; a text is not empty, and a codeBlock's has no marks. */
const inside: Readonly<Record<string, readonly string[]>> = {
  doc: ['paragraph', 'bulletList', 'codeBlock'],
  paragraph: ['text'],
  bulletList: ['listItem'],
  listItem: ['paragraph', 'bulletList', 'codeBlock'],
  codeBlock: ['text'],
  text: [],
}

function documentProblem(node: unknown): string | undefined {
  const { type, version } = (node ?? {}) as Fields
  if (type !== 'doc' || version !== 1) return 'Operation value must be an Atlassian Document'
  return isValid(node) ? undefined : 'INVALID_INPUT'
}

function isValid(node: unknown, parent?: string): boolean {
  const { type, content, text, marks } = node as Fields
  if (typeof type !== 'string' || !(type in inside)) return false
  if (parent && !inside[parent]?.includes(type)) return false
  if (type === 'text')
    return typeof text === 'string' && text !== '' && (parent !== 'codeBlock' || marks === undefined)
  const children = content === undefined ? [] : content
  if (!Array.isArray(children)) return false
  if ((type === 'bulletList' || type === 'listItem') && children.length === 0) return false
  return children.every((child) => isValid(child, type))
}

export function textOf(node: unknown): string {
  const { text, content } = (node ?? {}) as Fields
  if (typeof text === 'string') return text
  return Array.isArray(content) ? content.map(textOf).join('\n') : ''
}
