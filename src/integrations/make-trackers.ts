import { type GitHubOptions, makeGitHub } from './github/github.ts'
import { type JiraOptions, makeJira } from './jira/jira.ts'
import type { Tracker } from './tracker.ts'
import { makeWebhook, type WebhookOptions } from './webhook/webhook-tracker.ts'

/** What the configuration has of each; undefined: it is not used. */
export interface Mirrors {
  readonly github: GitHubOptions | undefined
  readonly jira: JiraOptions | undefined
  readonly webhook: Pick<WebhookOptions, 'url' | 'secret'> | undefined
}

/** `now`: milliseconds since 1970. */
export function makeTrackers({ github, jira, webhook }: Mirrors, now: () => number): Tracker[] {
  return [
    ...(github ? [makeGitHub(github)] : []),
    ...(jira ? [makeJira(jira)] : []),
    ...(webhook ? [makeWebhook({ ...webhook, now })] : []),
  ]
}
