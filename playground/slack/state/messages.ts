import { randomBytes } from 'node:crypto'
import { checkBlocks, tooLongTogether } from '../blocks/check.ts'
import { type Fields, isFields } from '../blocks/shape.ts'
import { type Answer, refusal } from './api.ts'

/** A message as Slack keeps it. */
export interface Message extends Fields {
  readonly ts: string
  readonly text: string
  readonly user?: string
  readonly thread_ts?: string
  readonly blocks?: readonly Fields[]
}

export const isMessage = (value: unknown): value is Message =>
  isFields(value) && typeof value.ts === 'string' && typeof value.text === 'string'

const MOST_ATTACHMENTS = 100
/**
 * docs.slack.dev/reference/methods/chat.update: longer text fails there, while chat.postMessage cuts it at
 * 40,000.
 */
const UPDATE_TEXT = 4_000

/** Why Slack would not take this content, or undefined. */
export function refuseContent(
  args: Fields,
  refused: ReadonlySet<string>,
  update = false,
): Answer | undefined {
  const blocks = args.blocks ?? []
  if (!Array.isArray(blocks) || !blocks.every(isFields)) return refusal('invalid_blocks_format')
  const problems = [
    ...checkBlocks('message', blocks, refused),
    ...attachedProblems(args.attachments, refused),
  ]
  if (problems.length > 0) return invalidBlocks(problems)
  if (tooLongTogether(blocks)) return refusal('msg_blocks_too_long')
  if (Array.isArray(args.attachments) && args.attachments.length > MOST_ATTACHMENTS)
    return refusal('too_many_attachments')
  if (update && typeof args.text === 'string' && Array.from(args.text).length > UPDATE_TEXT)
    return refusal('msg_too_long')
  return refuseMetadata(args.metadata)
}

/** The problems stand in it twice: as they are in live answers. */
export const invalidBlocks = (problems: readonly string[]): Answer =>
  refusal('invalid_blocks', {
    errors: problems,
    response_metadata: { messages: problems.map((each) => `[ERROR] ${each}`) },
  })

function attachedProblems(attachments: unknown, refused: ReadonlySet<string>): readonly string[] {
  if (!Array.isArray(attachments)) return []
  return attachments.flatMap((each, index) =>
    isFields(each) && each.blocks !== undefined
      ? checkBlocks('message', each.blocks, refused, `/attachments/${index}/blocks`)
      : [],
  )
}

function refuseMetadata(metadata: unknown): Answer | undefined {
  if (metadata === undefined || metadata === '') return undefined
  const good =
    isFields(metadata) && typeof metadata.event_type === 'string' && isFields(metadata.event_payload)
  return good ? undefined : refusal('invalid_metadata_format')
}

/** Slack names each block, and each thing that one can use in it, where the bot did not. */
export function nameBlocks(content: Fields): Fields {
  if (!Array.isArray(content.blocks)) return content
  return { ...content, blocks: content.blocks.filter(isFields).map(nameBlock) }
}

const name = () => randomBytes(3).toString('hex')

const nameBlock = (block: Fields): Fields => ({
  block_id: name(),
  ...block,
  ...(block.type === 'actions' && Array.isArray(block.elements)
    ? { elements: block.elements.map(nameElement) }
    : {}),
  ...(isFields(block.accessory) ? { accessory: nameElement(block.accessory) } : {}),
  ...(isFields(block.element) ? { element: nameElement(block.element) } : {}),
})

const nameElement = (element: unknown): unknown =>
  isFields(element) && element.type !== 'image' ? { action_id: name(), ...element } : element
