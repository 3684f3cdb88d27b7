import type { Rig } from '../bot.ts'
import { type Fill, filled, shown } from './fixture.ts'
import { post } from './post.ts'

export const roomOf = (known: ReadonlyMap<string, string>, room = ''): string =>
  known.get(room) ?? known.get(`channel.${room}`) ?? ''

/** In their order, as the bot: Slack gives each a new ts, which `known` keeps. */
export async function postMessages(
  fakeSlack: Rig['fakeSlack'],
  known: Map<string, string>,
  fill: Fill,
): Promise<void> {
  const call = async (method: string, args: object) => {
    const answer = await post(`${fakeSlack.apiUrl}${method}`, args, {
      authorization: `Bearer ${fakeSlack.botToken}`,
    })
    if (!answer.ok) throw new Error(`${method}: ${JSON.stringify(answer)}`)
    return answer
  }
  for (const user of ['lead', 'bo', 'ana']) {
    const { channel } = await call('conversations.open', { users: known.get(`user.${user}`) })
    known.set(`dm.${user}`, (channel as { id: string }).id)
  }
  for (const each of shown) {
    if (each.form) continue
    const { post: number, room, text, blocks, metadata, thread_ts, private: user } = filled(fill, each)
    const content = { text, blocks, ...(metadata && { metadata }), ...(thread_ts && { thread_ts }) }
    if (user) {
      const about = { channel: known.get('channel.incidents'), user: known.get(`user.${user}`) }
      await call('chat.postEphemeral', { ...content, ...about })
      continue
    }
    const { ts } = await call('chat.postMessage', { ...content, channel: roomOf(known, room) })
    known.set(`ts.${number}`, String(ts))
    known.set(`link.${number}`, String(ts).replace('.', ''))
  }
}
