import type { Severity } from '../findings/finding.ts'

/** A ticket as another tracker is told of it. All text has passed redact/; none of it may become markup there (S16). */
export interface TrackedTicket {
  /** Of our ticket, a uuid: what its item there is found by after a lost answer. */
  readonly id: string
  readonly number: number
  readonly title: string
  readonly severity: Severity
  readonly host: string
  readonly topic: string
  readonly openedBy: string
  readonly createdAt: Date
  /** What people may edit: summary, at most 3,000 characters. */
  readonly opening: string
  /** Findings, steps, output: at most 35,000 characters, never edited. */
  readonly evidence: string
  /** Of the Slack thread, which has all that was cut. */
  readonly threadUrl: string | undefined
  /** Number of the ticket that was closed before on the same problem. */
  readonly recurrenceOf: number | undefined
}

/** Something that happened to the ticket afterwards. */
export interface Note {
  /** Unique among all notes: what it is found by. */
  readonly key: string
  readonly kind: 'edited' | 'assigned' | 'started' | 'commented' | 'closed' | 'reopened'
  readonly at: Date
  /** Display name. */
  readonly by: string
  /** What was done, as a clause, such as "closed it". */
  readonly did: string
  /** The comment, or the reason; "" for none. */
  readonly text: string
}

export type TrackerAnswer<T> = { readonly ok: true; readonly value: T } | Miss

/**
 * Why something did not go through. `retry`: it may later, after `afterMs` milliseconds if the tracker said so. Without
 * it, it never will as it is.
 */
export type Miss =
  | { readonly ok: false; readonly retry: true; readonly reason: string; readonly afterMs?: number }
  | { readonly ok: false; readonly retry: false; readonly reason: string }

/** The item there: what people call it, and where it is read. */
export interface Item {
  readonly externalId: string
  readonly url: string | null
}

/**
 * Another tracker. No method throws. `again`: an earlier try may have got through without its answer, so it is looked
 * up before it is done: nothing appears there twice.
 */
export interface Tracker {
  readonly target: 'github' | 'jira' | 'webhook'
  create(ticket: TrackedTicket, again: boolean): Promise<TrackerAnswer<Item>>
  /** Adds a note, and closes or reopens the item if the note says so. */
  note(item: Item, ticket: TrackedTicket, note: Note, again: boolean): Promise<TrackerAnswer<null>>
  /** Token and rights; changes nothing. */
  verify(): Promise<
    { readonly ok: true; readonly note: string } | { readonly ok: false; readonly reason: string }
  >
}

export const good = <T>(value: T): TrackerAnswer<T> => ({ ok: true, value })
export const never = (reason: string): Miss => ({ ok: false, retry: false, reason })

/** What people call the trackers. */
export const trackerNames: Readonly<Record<string, string>> = {
  github: 'GitHub',
  jira: 'Jira',
  webhook: 'Webhook',
}
