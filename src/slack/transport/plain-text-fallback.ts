import type { KnownBlock, SectionBlock } from '@slack/types'
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
  const mustGo = (block: KnownBlock): boolean =>
    refused.has(block.type) || (richness === 'plain' && !plainKinds.has(block.type))
  if (!message.blocks.some(mustGo)) return message
  const blocks = message.blocks.flatMap((block) => (mustGo(block) ? plainSections(block) : [block]))
  return { text: message.text, blocks: blocks.slice(0, LIMITS.blocks) }
}

/** The first keeps the block's id: an update of the message finds its place. */
function plainSections(block: KnownBlock): SectionBlock[] {
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
 * Which kinds of block a refusal was about: those that Slack's pointers name ("must be …
 * [json-pointer:/blocks/0/tasks]"), or, where it names none, all but the plain ones.
 */
export function refusedKinds(message: Message, reasons: readonly string[]): string[] {
  const named = reasons.flatMap((reason) => {
    const at = /json-pointer:\/blocks\/(\d+)/.exec(reason)?.[1]
    const kind = at === undefined ? undefined : message.blocks[Number(at)]?.type
    return kind ? [kind] : []
  })
  const suspects = named.length > 0 ? named : message.blocks.map((block) => block.type)
  return [...new Set(suspects)].filter((kind) => !plainKinds.has(kind))
}

/** Sends the message in the richest form that Slack takes. */
export type PlainTextFallback = <T>(
  message: Message,
  send: (message: Message) => Promise<CallResult<T>>,
) => Promise<CallResult<T>>

/**
 * As built, then in plain sections, then as text alone: no run is silent because of a block. What kind of
 * block was refused is remembered while the process lives; blocks that were merely too long together say
 * nothing against their kinds.
 */
export function makePlainTextFallback(log: SlackLog): PlainTextFallback {
  const refused = new Set<string>()
  return async (message, send) => {
    const first = simplified(message, 'rich', refused)
    const rich = await send(first)
    if (rich.ok || rich.reason !== 'invalid-blocks') return rich
    if (!rich.detail.includes('too_long')) {
      for (const kind of refusedKinds(first, rich.reasons ?? [])) refused.add(kind)
    }
    log.warn(
      { detail: rich.detail, refused: [...refused] },
      'Slack refused blocks; they go out as plain text',
    )
    const plain = await send(simplified(message, 'plain', refused))
    if (plain.ok || plain.reason !== 'invalid-blocks') return plain
    return send(simplified(message, 'text', refused))
  }
}
