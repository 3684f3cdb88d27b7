import type { Failure } from '../slack/transport/slack-failure.ts'

/** Ends a job's try; the next one goes on where this one stopped. */
export class SlackFailed extends Error {
  readonly failed: Failure
  constructor(failed: Failure) {
    super(`Slack: ${failed.reason}${failed.detail ? ` (${failed.detail})` : ''}`)
    this.name = 'SlackFailed'
    this.failed = failed
  }
}
