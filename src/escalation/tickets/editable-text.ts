/** Characters that a ticket's title may have; one line. */
export const TICKET_TITLE = 150
/** Less than Slack's input takes (3,000), for what a person adds. */
const LONGEST = 2_900

/**
 * The part of a ticket's body that is edited: up to the second heading (tickets/draft.ts), at most what an input holds.
 */
export function opening(body: string): string {
  const end = body.indexOf('\n\n## ', 1)
  const whole = end === -1 ? body : body.slice(0, end)
  return whole.length <= LONGEST ? whole : whole.slice(0, LONGEST).replace(/[\uD800-\uDBFF]$/, '')
}

/** The body with its opening replaced. */
export const editedBody = (body: string, edited: string): string =>
  edited.replaceAll('\r\n', '\n').trimEnd() + body.slice(opening(body).length)
