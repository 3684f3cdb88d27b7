import type { SectionBlock } from '@slack/types'
import type { Clock } from '../../async/clock.ts'
import type { MessageBlock } from '../blocks.ts'
import { LIMITS } from '../limits.ts'
import type { Message } from '../message.ts'
import type { SlackLog } from './client.ts'
import { plainBlock } from './plain-text.ts'
import type { CallResult } from './retry-call.ts'

/** Blocks that every workspace has had for years. */
const plainKinds: ReadonlySet<string> = new Set(['section', 'header', 'context', 'actions', 'divider'])

/** What is left to try after a refusal, from the richest: as built, in plain sections, as text alone. */
export type Richness = 'rich' | 'plain' | 'text'

/**
 * The same message with every block that must not be used as sections of plain text. Buttons stay, but in
 * `text`.
 */
export function simplified(message: Message, richness: Richness, refused: ReadonlySet<string>): Message {
  if (richness === 'text') return { text: message.text, blocks: [] }
  const mustGo = (block: MessageBlock): boolean =>
    refused.has(block.type) || (richness === 'plain' && !plainKinds.has(block.type))
  if (!message.blocks.some(mustGo)) return message
  const blocks = message.blocks.flatMap((block) => (mustGo(block) ? plainSections(block) : [block]))
  return { text: message.text, blocks: blocks.slice(0, LIMITS.blocks) }
}

/** The first keeps the block's id: an update of the message finds its place. */
function plainSections(block: MessageBlock): SectionBlock[] {
  return slices(plainBlock(block).trim() || '…', LIMITS.section).map((part, at) => ({
    type: 'section',
    ...(block.block_id && at === 0 ? { block_id: block.block_id } : {}),
    text: { type: 'plain_text', text: part, emoji: false },
  }))
}

/** Whole characters, `size` UTF-16 units at most. */
function slices(text: string, size: number): string[] {
  const parts: string[] = []
  for (let from = 0; from < text.length; from += parts.at(-1)?.length ?? size) {
    parts.push(text.slice(from, from + size).replace(/(?<=.)[\uD800-\uDBFF]$/s, ''))
  }
  return parts
}

/**
 * The kinds of block that Slack does not know: those whose type its pointers name ("unsupported type: plan
 * [json-pointer:/blocks/0/type]"). A pointer to something within a block is about that block, and says nothing against
 * its kind.
 */
export function refusedKinds(message: Message, reasons: readonly string[]): string[] {
  const named = reasons.flatMap((reason) => {
    const at = /json-pointer:\/blocks\/(\d+)\/type\b/.exec(reason)?.[1]
    const kind = at === undefined ? undefined : message.blocks[Number(at)]?.type
    return kind ? [kind] : []
  })
  return [...new Set(named)].filter((kind) => !plainKinds.has(kind))
}

/** Sends the message in the richest form that Slack takes. */
export type PlainTextFallback = <T>(
  message: Message,
  send: (message: Message) => Promise<CallResult<T>>,
) => Promise<CallResult<T>>

/** How long a kind that Slack did not know is left out: one call in so long is wasted where it never learns it. */
const LEFT_OUT_MS = 10 * 60_000

/**
 * As built, then in plain sections, then as text alone: no run is silent because of a block. A kind of block that Slack
 * does not know is left out of all messages for a while, and then tried again. Any other refusal costs that message its
 * looks, and no other one.
 */
export function makePlainTextFallback(clock: Pick<Clock, 'elapsed'>, log: SlackLog): PlainTextFallback {
  const leftOutUntil = new Map<string, number>()

  function leftOut(): ReadonlySet<string> {
    for (const [kind, until] of leftOutUntil) if (until <= clock.elapsed()) leftOutUntil.delete(kind)
    return new Set(leftOutUntil.keys())
  }

  return async (message, send) => {
    const first = simplified(message, 'rich', leftOut())
    const rich = await send(first)
    if (rich.ok || rich.reason !== 'invalid-blocks') return rich
    const refused = refusedKinds(first, rich.reasons ?? [])
    for (const kind of refused) leftOutUntil.set(kind, clock.elapsed() + LEFT_OUT_MS)
    log.warn({ detail: rich.detail, refused }, 'Slack refused blocks; they go out as plain text')
    const plain = await send(simplified(message, 'plain', leftOut()))
    if (plain.ok || plain.reason !== 'invalid-blocks') return plain
    return send(simplified(message, 'text', leftOut()))
  }
}
