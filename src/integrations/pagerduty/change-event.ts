import { utc } from '../../runs/bundle.ts'
import { oneLine } from '../../text/shorten.ts'

/**
 * A change event of PagerDuty's Events API v2 (developer.pagerduty.com/docs/send-change-event): what was changed on a
 * host, shown beside its incidents. It pages nobody.
 */
export interface ChangeEvent {
  readonly payload: {
    /** At most 1,024 characters. */
    readonly summary: string
    readonly source: string
    readonly timestamp: string
    readonly custom_details: Readonly<Record<string, string>>
  }
  readonly links?: readonly { readonly href: string; readonly text: string }[]
}

export interface Change {
  readonly host: string
  /** What was done: "restarted PostgreSQL". Its text has passed redact/ (S17). */
  readonly what: string
  readonly at: Date
  /** The exact command. */
  readonly command: string
  readonly by: string
  readonly approvedBy?: string | undefined
  /** What came of it, in one clause. */
  readonly outcome: string
  readonly threadUrl?: string | undefined
}

/** Below 512 KB whatever is in it: its texts are cut to 10,000 characters in all. */
export function changeEvent(change: Change): ChangeEvent {
  const { host, what, at, command, by, approvedBy, outcome, threadUrl } = change
  const thread = threadUrl && threadUrl.length <= 2_000 ? threadUrl : undefined
  return {
    payload: {
      summary: oneLine(`${host}: ${what}`, 1_024),
      source: oneLine(host, 255),
      timestamp: utc(at),
      custom_details: {
        command: oneLine(command, 2_000),
        by: oneLine(by, 100),
        ...(approvedBy ? { approved_by: oneLine(approvedBy, 100) } : {}),
        outcome: oneLine(outcome, 1_000),
      },
    },
    ...(thread ? { links: [{ href: thread, text: 'Slack thread' }] } : {}),
  }
}
