import type { FakeSlack } from '../../../playground/slack/fake-slack.ts'

/** One write of the bot that Slack carried out, whether or not its answer arrived. */
export interface SlackWrite {
  readonly at: number
  readonly method: 'post' | 'update'
  readonly channel: string
  readonly ts: string
  readonly text: string
}

export interface SeenButton {
  readonly actionId: string
  readonly value: string
}

/** A message of the bot as it stands now. */
export interface SeenMessage {
  readonly channel: string
  readonly ts: string
  readonly text: string
  readonly buttons: readonly SeenButton[]
  /** Of its metadata; empty where it has none. */
  readonly run: string
  readonly key: string
}

/** What people see, kept up from the calls of the bot: to read whole channels over and over would take the suite's time. */
export interface ChaosScreen {
  /** Reads the calls that have come since. */
  refresh(): void
  /** Channels by id. */
  messages(channel?: string): readonly SeenMessage[]
  readonly writes: readonly SlackWrite[]
}

export function openScreen(slack: FakeSlack): ChaosScreen {
  const shown = new Map<string, SeenMessage>()
  const writes: SlackWrite[] = []
  const waiting: number[] = []
  let read = 0

  function take(call: ReturnType<FakeSlack['calls']>[number]): void {
    const { method, args, answer } = call
    if (answer?.ok === true && method === 'chat.delete') shown.delete(`${args.channel} ${args.ts}`)
    if (answer?.ok !== true || (method !== 'chat.postMessage' && method !== 'chat.update')) return
    const channel = String(answer.channel ?? args.channel)
    const ts = String(method === 'chat.update' ? args.ts : answer.ts)
    const text = String(args.text ?? '')
    const before = shown.get(`${channel} ${ts}`)
    // Metadata replaces what was there: a copy that was retired is no message of the run any more.
    const { run = '', key = '' } = args.metadata ? keyOf(args.metadata) : (before ?? {})
    shown.set(`${channel} ${ts}`, { channel, ts, text, buttons: [...buttonsIn(args.blocks)], run, key })
    writes.push({ at: call.at, method: method === 'chat.update' ? 'update' : 'post', channel, ts, text })
  }

  return {
    writes,
    refresh() {
      const calls = slack.calls()
      for (; read < calls.length; read++) waiting.push(read)
      for (const at of waiting.splice(0)) {
        const call = calls[at]
        // Under way: it is looked at again.
        if (call && call.answer === undefined) waiting.push(at)
        else if (call) take(call)
      }
    },
    messages: (channel) =>
      [...shown.values()].filter((each) => channel === undefined || each.channel === channel),
  }
}

export function keyOf(metadata: unknown): { readonly run?: string; readonly key?: string } {
  const { event_payload: payload } = (metadata ?? {}) as { event_payload?: { run?: string; key?: string } }
  return payload ?? {}
}

export function* buttonsIn(node: unknown): Generator<SeenButton> {
  if (typeof node !== 'object' || node === null) return
  const { type, action_id: actionId, value } = node as Record<string, unknown>
  if (type === 'button' && typeof actionId === 'string') yield { actionId, value: String(value ?? '') }
  for (const child of Object.values(node)) yield* buttonsIn(child)
}
