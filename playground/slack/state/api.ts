import type { Fields } from '../blocks/shape.ts'

/** One call of Slack's Web API, whichever way it was encoded. */
export interface ApiCall {
  readonly method: string
  readonly token: string | undefined
  readonly args: Fields
}

/** What Slack answers: always HTTP 200, except for rate limits and Slack's own failures. */
export interface Answer extends Fields {
  readonly ok: boolean
  readonly error?: string
}

export const refusal = (error: string, more: Fields = {}): Answer => ({ ok: false, error, ...more })
