import { type Fields, isFields } from '../blocks/shape.ts'
import type { Ephemerals } from '../state/ephemerals.ts'
import { allMessages } from '../state/history.ts'
import type { Message } from '../state/messages.ts'
import type { View } from '../state/views.ts'
import type { Workspace } from '../state/workspace.ts'

/** Something in a message that a person can use, and what Slack sends for it. */
export interface Clickable {
  /** An entry of `actions` in a block_actions payload, without its time. */
  readonly action: Fields
  /** Whether Slack asks for confirmation first. */
  readonly asks: boolean
}

interface Wanted {
  readonly actionId: string
  readonly blockId?: string
  /** A button's value, or the value of the option to choose. */
  readonly value?: string
}

interface Element extends Fields {
  readonly type: string
  readonly action_id: string
  readonly block_id: unknown
}

/** Of a message or a modal. Throws where a person would not find it either. */
export function find(shown: Message | View, wanted: Wanted): Clickable {
  const all = (shown.blocks ?? []).flatMap((block) => [...elementsIn(block, block.block_id)])
  const found = all.filter(
    (each) =>
      each.action_id === wanted.actionId &&
      (wanted.blockId === undefined || each.block_id === wanted.blockId) &&
      (wanted.value === undefined || each.value === wanted.value || optionOf(each, wanted.value)),
  )
  const [one] = found
  if (!one || found.length > 1) {
    const there = all.map((each) => `${each.action_id}=${String(each.value ?? '')}`).join(', ') || 'none'
    const what = one ? `${found.length} times` : 'not'
    const where = 'ts' in shown ? `the message ${shown.ts} (${shown.text})` : `the modal ${shown.id}`
    throw new Error(`${wanted.actionId} is ${what} in ${where}; there: ${there}`)
  }
  return { action: actionOf(one, wanted.value), asks: one.confirm !== undefined }
}

function* elementsIn(node: unknown, block_id: unknown): Generator<Element> {
  if (typeof node !== 'object' || node === null) return
  if (isFields(node) && typeof node.action_id === 'string' && typeof node.type === 'string') {
    yield { ...node, block_id } as Element
    return
  }
  for (const child of Object.values(node)) yield* elementsIn(child, block_id)
}

function actionOf(element: Element, value: string | undefined): Fields {
  const { type, action_id, block_id } = element
  const common = { action_id, block_id, type }
  if (type !== 'button')
    return { ...common, selected_option: value === undefined ? null : optionOf(element, value) }
  return {
    ...common,
    text: element.text,
    ...(element.value === undefined ? {} : { value: element.value }),
    ...(element.style === undefined ? {} : { style: element.style }),
  }
}

function optionOf(element: Fields, value: string): unknown {
  const options = Array.isArray(element.options) ? element.options : []
  return options.find((option) => isFields(option) && option.value === value)
}

export interface Spot {
  readonly workspace: Workspace
  readonly ephemerals: Ephemerals
  readonly channel: string
  readonly ts: string
}

/** The message there as this user sees it. */
export async function messageFor(
  user: string,
  { workspace, ephemerals, channel, ts }: Spot,
): Promise<{ readonly message: Message; readonly isEphemeral: boolean }> {
  const own = ephemerals.all().find((each) => each.ts === ts && each.to === user)
  if (own) return { message: own, isEphemeral: true }
  const thread = await allMessages(workspace, 'conversations.replies', { channel, ts })
  const message = thread.find((each) => each.ts === ts)
  if (!message) throw new Error(`there is no message ${ts} in ${channel} that ${user} sees`)
  return { message, isEphemeral: false }
}
