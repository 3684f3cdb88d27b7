import { given } from './retry-call.ts'
import type { SlackConnection } from './slack-connection.ts'

/** More messages than people still look at; the link of an older one is asked for anew. */
const MOST_KEPT = 500

/**
 * The link of a message, which never changes: Slack is asked once for each message, however many draws show the link.
 * Undefined: Slack did not say it; the next one who wants it asks again.
 */
export function makePermalinks({
  client,
  caller,
}: Pick<SlackConnection, 'client' | 'caller'>): (channel: string, ts: string) => Promise<string | undefined> {
  const known = new Map<string, Promise<string | undefined>>()

  async function ask(channel: string, ts: string): Promise<string | undefined> {
    const once = async () => given((await client.chat.getPermalink({ channel, message_ts: ts })).permalink)
    const result = await caller.call({ rateLimitKey: 'chat.getPermalink', once })
    return result.ok ? result.value : undefined
  }

  function keep(key: string, link: Promise<string | undefined>): void {
    for (const oldest of known.keys()) {
      if (known.size < MOST_KEPT) break
      known.delete(oldest)
    }
    known.set(key, link)
  }

  return async (channel, ts) => {
    const key = `${channel}:${ts}`
    const asked = known.get(key)
    if (asked) return asked
    const asking = ask(channel, ts)
    keep(key, asking)
    const link = await asking
    if (link === undefined && known.get(key) === asking) known.delete(key)
    return link
  }
}
