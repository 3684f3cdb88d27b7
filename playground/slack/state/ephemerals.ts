import type { Fields } from '../blocks/shape.ts'
import type { Message } from './messages.ts'

/** A message that one user alone sees: nobody can read it back from Slack. */
export interface EphemeralMessage extends Message {
  readonly to: string
  readonly channel: string
}

export interface Ephemerals {
  keep(to: string, channel: string, content: Fields): EphemeralMessage
  replace(ts: string, content: Fields): void
  remove(ts: string): void
  all(): readonly EphemeralMessage[]
}

export function openEphemerals(now: () => number): Ephemerals {
  let messages: EphemeralMessage[] = []
  let count = 0
  const freshTs = () => `${Math.floor(now() / 1000)}.${String(900_000 + count++)}`
  return {
    keep(to, channel, content) {
      const ts = typeof content.ts === 'string' ? content.ts : freshTs()
      const message = { text: '', ...content, ts, to, channel }
      messages.push(message)
      return message
    },
    replace(ts, content) {
      messages = messages.map((each) => (each.ts === ts ? { ...each, ...content, ts } : each))
    },
    remove(ts) {
      messages = messages.filter((each) => each.ts !== ts)
    },
    all: () => messages,
  }
}
