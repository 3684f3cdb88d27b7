import type { MessageBlock } from './blocks.ts'
import { LIMITS } from './limits.ts'
import { escapeTo } from './typed-text.ts'

/** What is posted: `text` is read by notifications and screen readers, `blocks` by everyone else. */
export interface Message {
  readonly text: string
  readonly blocks: readonly MessageBlock[]
}

/** Id of a block that a run's message has while the run is under way, and no other message. */
export const underWayBlock = (runId: string): string => `under_way_${runId}`

export const isUnderWayBlock = (
  { block_id: id }: { readonly block_id?: string | undefined },
  runId: string,
): boolean => id === underWayBlock(runId)

/** A file for a thread; `key` names it among the messages of its run. */
export interface ThreadFile {
  readonly key: string
  readonly filename: string
  readonly content: string
}

/**
 * The only way to make a message: Slack takes it, whatever the blocks hold. `headline` is plain text and is escaped
 * here. Builders keep their parts short. The shrinking is for the odd host that answers with a page where a word was
 * expected.
 */
export function makeMessage(headline: string, blocks: readonly MessageBlock[]): Message {
  let kept = structuredClone(blocks.slice(0, LIMITS.blocks))
  while (JSON.stringify(kept).length > LIMITS.blocksJson) {
    if (!halveLongestText(kept)) kept = withoutLargest(kept)
  }
  return { text: escapeTo(headline.trim() || '…', LIMITS.text), blocks: kept }
}

const WORTH_HALVING = 40

function halveLongestText(blocks: readonly MessageBlock[]): boolean {
  let longest = { text: '' }
  for (const leaf of leaves(blocks)) if (leaf.text.length > longest.text.length) longest = leaf
  if (longest.text.length < WORTH_HALVING) return false
  const half = longest.text.slice(0, Math.floor(longest.text.length / 2))
  longest.text = `${half.replace(/[\uD800-\uDBFF]$/, '')}…`
  return true
}

/** Buttons are small and go last. */
function withoutLargest(blocks: readonly MessageBlock[]): MessageBlock[] {
  const sizes = blocks.map((block) => (block.type === 'actions' ? 0 : JSON.stringify(block).length))
  const largest = sizes.indexOf(Math.max(...sizes))
  return blocks.filter((_, at) => at !== largest)
}

/**
 * Texts that may be cut anywhere: rich text and plain text, not markup, in which a cut could open an escape.
 */
function* leaves(node: unknown): Generator<{ text: string }> {
  if (typeof node !== 'object' || node === null) return
  if (isLeaf(node)) yield node
  else for (const child of Object.values(node)) yield* leaves(child)
}

function isLeaf(node: object): node is { text: string } {
  const { type, text } = node as { type?: unknown; text?: unknown }
  return typeof text === 'string' && (type === 'text' || type === 'plain_text')
}
