import { cut } from '../../text/shorten.ts'
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
import { fenced, inlineText, link, plainTitle, textLines } from './markdown.ts'

/**
 * GitHub Issues over the REST API of 2022-11-28 (docs.github.com/rest/issues). A title has 256 characters at most, a
 * body 65,536. There is no key that makes creating idempotent: a hidden comment in the body is one, and the
 * repository's list of issues, unlike its search, shows what was just made.
 */
export interface GitHubOptions {
  /** https://api.github.com, or https://HOST/api/v3 of an Enterprise Server. */
  readonly apiUrl: string
  /** owner/name */
  readonly repository: string
  readonly labels: readonly string[]
  readonly token: string
  readonly timeoutMs?: number
  readonly fetch?: typeof fetch
}

const EVIDENCE = 36_000
const PAGES = 10
const PER_PAGE = 50
/** Clocks differ, and ours dates the ticket. */
const SKEW_MS = 300_000

export function makeGitHub(options: GitHubOptions): Tracker {
  const { apiUrl, repository, labels, token, timeoutMs, fetch } = options
  const http = trackerHttp({
    name: 'GitHub',
    base: apiUrl.replace(/\/$/, ''),
    secrets: [token],
    timeoutMs,
    fetch,
    headers: () => ({
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'user-agent': 'debvisor',
      'x-github-api-version': '2022-11-28',
    }),
  })
  const issues = `/repos/${repository}/issues`
  const web = webOf(apiUrl)
  const item = (number: number): Item => ({
    externalId: `${repository}#${number}`,
    url: `${web}/${repository}/issues/${number}`,
  })
  const pathOf = ({ externalId }: Item) => `${issues}/${externalId.slice(externalId.lastIndexOf('#') + 1)}`

  /** Of a list, newest first, the entry whose body has the mark. */
  async function marked(path: string, mark: string): Promise<TrackerAnswer<Entry | undefined>> {
    for (let page = 1; page <= PAGES; page++) {
      const answer = await http.call('GET', `${path}&per_page=${PER_PAGE}&page=${page}`)
      if (!answer.ok) return answer
      const entries = Array.isArray(answer.value) ? (answer.value as Entry[]) : []
      const found = entries.find((each) => !each.pull_request && String(each.body ?? '').includes(mark))
      if (found || entries.length < PER_PAGE) return good(found)
    }
    return good(undefined)
  }

  async function create(ticket: TrackedTicket, again: boolean): Promise<TrackerAnswer<Item>> {
    if (again) {
      const since = encodeURIComponent(new Date(ticket.createdAt.getTime() - SKEW_MS).toISOString())
      const list = `${issues}?state=all&sort=created&direction=desc&since=${since}`
      const found = await marked(list, ticketMark(ticket))
      if (!found.ok) return found
      if (found.value?.number) return good(item(found.value.number))
    }
    const title = plainTitle(ticket.title, 250)
    const made = await http.call('POST', issues, { title, body: issueBody(ticket), labels })
    if (!made.ok) return made
    const number = (made.value as Entry | null)?.number
    return number ? good(item(number)) : never('GitHub did not say which issue it made')
  }

  async function note(
    at: Item,
    _ticket: TrackedTicket,
    said: Note,
    again: boolean,
  ): Promise<TrackerAnswer<null>> {
    const comments = `${pathOf(at)}/comments`
    const since = encodeURIComponent(new Date(said.at.getTime() - SKEW_MS).toISOString())
    const found = again ? await marked(`${comments}?since=${since}`, noteMark(said)) : good(undefined)
    if (!found.ok) return found
    if (!found.value) {
      const made = await http.call('POST', comments, { body: noteBody(said) })
      if (!made.ok) return made
    }
    if (said.kind !== 'closed' && said.kind !== 'reopened') return good(null)
    const state = said.kind === 'closed' ? { state: 'closed', state_reason: 'completed' } : { state: 'open' }
    const changed = await http.call('PATCH', pathOf(at), state)
    return changed.ok ? good(null) : changed
  }

  /** `permissions` are the token's owner's; a fine-grained token may have less, which only a first issue shows. */
  async function verify(): ReturnType<Tracker['verify']> {
    const answer = await http.call('GET', `/repos/${repository}`)
    if (!answer.ok) return { ok: false, reason: answer.reason }
    const { has_issues, permissions = {} } = (answer.value ?? {}) as Repository
    if (has_issues === false) return { ok: false, reason: `${repository} has its issues turned off` }
    const may = ['triage', 'push', 'maintain', 'admin'].some((right) => permissions[right] === true)
    if (!may)
      return {
        ok: false,
        reason: `the token may not write issues in ${repository}: grant it “Issues: read and write”`,
      }
    return { ok: true, note: `the token may write issues in ${repository}` }
  }

  return { target: 'github', create, note, verify }
}

interface Entry {
  readonly number?: number
  readonly body?: string | null
  readonly pull_request?: unknown
}

interface Repository {
  readonly has_issues?: boolean
  readonly permissions?: Readonly<Record<string, boolean>>
}

/** Where people read what the API made: built from what was configured, never from an answer. */
function webOf(apiUrl: string): string {
  const { origin } = new URL(apiUrl)
  return origin === 'https://api.github.com' ? 'https://github.com' : origin
}

const ticketMark = ({ id }: TrackedTicket): string => `<!-- debvisor:ticket:${id} -->`
const noteMark = ({ key }: Note): string => `<!-- debvisor:note:${key} -->`

export function issueBody(ticket: TrackedTicket): string {
  const { threadUrl, recurrenceOf, host, topic, openedBy, severity, number } = ticket
  const thread = threadUrl && link('Slack thread', threadUrl)
  const about = [
    `Ticket ${number} of DebVisor`,
    severity,
    `${inlineText(topic, 80)} on ${inlineText(host, 150)}`,
    `opened by ${inlineText(openedBy, 100)}`,
    ...(recurrenceOf === undefined ? [] : [`again, after ticket ${recurrenceOf}`]),
    ...(thread ? [thread] : []),
  ]
  const evidence = ticket.evidence.trim()
  return [
    about.join(' · '),
    textLines(withoutHead(ticket.opening)),
    ...(evidence ? ['### Evidence', fenced(cut(evidence, EVIDENCE))] : []),
    ticketMark(ticket),
  ].join('\n\n')
}

/** Our own heading and the way to the thread stand above it already. */
export const withoutHead = (opening: string): string =>
  opening
    .split('\n')
    .filter((line) => !/^(## Summary|Thread: https?:\/\/\S+)\s*$/.test(line))
    .join('\n')
    .trim()

export const noteBody = (note: Note): string =>
  [
    `**${inlineText(note.by, 100)}** ${inlineText(note.did, 200)}${note.text ? ':' : '.'}`,
    ...(note.text ? [textLines(note.text)] : []),
    noteMark(note),
  ].join('\n\n')
