import { createHmac, randomUUID } from 'node:crypto'

export interface Submitted {
  readonly status: number
  readonly body: string
}

interface Form {
  readonly user: string
  readonly callbackId: string
  readonly private_metadata: string | undefined
  readonly blocks: readonly unknown[]
  /** By block, the state of its one field, whose action id is `value`. */
  readonly values: Readonly<Record<string, object>>
}

/** What Slack sends for a form: docs.slack.dev/reference/interaction-payloads/view_submission-payload. */
export const submission = (
  team: string,
  { user, callbackId, private_metadata, blocks, values }: Form,
): object => ({
  type: 'view_submission',
  team: { id: team, domain: 'debvisor' },
  user: { id: user, username: 'somebody', name: 'somebody', team_id: team },
  api_app_id: 'A0DEBVISOR',
  token: 'legacy-verification-token',
  trigger_id: randomUUID(),
  view: {
    id: `V${randomUUID()}`,
    team_id: team,
    app_installed_team_id: team,
    type: 'modal',
    callback_id: callbackId,
    private_metadata,
    blocks,
    state: {
      values: Object.fromEntries(Object.entries(values).map(([block, value]) => [block, { value }])),
    },
  },
  response_urls: [],
  enterprise: null,
  is_enterprise_install: false,
})

/** docs.slack.dev/authentication/verifying-requests-from-slack. */
export async function deliver(url: string, secret: string, payload: object): Promise<Submitted> {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
  const seconds = Math.floor(Date.now() / 1000)
  const digest = createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest('hex')
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': String(seconds),
    'x-slack-signature': `v0=${digest}`,
  }
  const answer = await fetch(url, { method: 'POST', headers, body })
  return { status: answer.status, body: await answer.text() }
}
