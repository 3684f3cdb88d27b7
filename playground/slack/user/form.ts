import { type Fields, isFields } from '../blocks/shape.ts'
import type { Message } from '../state/messages.ts'
import type { View } from '../state/views.ts'

/** What a person fills in: by block_id and action_id, a text, an option's value or a user's id; null empties a field. */
export type FormValues = Readonly<Record<string, Readonly<Record<string, string | null>>>>

/**
 * `state.values` of a submission: what was filled in, or stood there from the beginning. Throws where Slack
 * would not let a person submit: an unknown field, an empty one that is not optional, a text that is too
 * long.
 */
export function filledIn(view: View, values: FormValues): Fields {
  return read(view, values, stateOf)
}

/** The form as its reader sees it once Slack has asked the bot for the options of its menus. */
export const withOptions = (view: View, options: readonly Fields[]): View => ({
  ...view,
  blocks: view.blocks.map((block) =>
    isFields(block.element) && block.element.type === 'external_select'
      ? { ...block, element: { ...block.element, options } }
      : block,
  ),
})

/** The same of a message, whose menu stands beside its buttons. */
export const withMenu = (message: Message, options: readonly Fields[]): Message => ({
  ...message,
  blocks: (message.blocks ?? []).map((block) =>
    Array.isArray(block.elements)
      ? { ...block, elements: block.elements.map((each) => filledMenu(each, options)) }
      : block,
  ),
})

const filledMenu = (element: unknown, options: readonly Fields[]): unknown =>
  isFields(element) && element.type === 'external_select' ? { ...element, options } : element

/** `state.values` of a click in a modal: nothing has to be filled in for it. */
export function filledSoFar(view: View, values: FormValues): Fields {
  return read(view, values, (input, given) => stateOf({ ...input, optional: true }, given))
}

function read(view: View, values: FormValues, state: typeof stateOf): Fields {
  const inputs = view.blocks.filter((block) => block.type === 'input' && isFields(block.element))
  for (const [block, actions] of Object.entries(values)) {
    for (const action of Object.keys(actions)) {
      const known = inputs.some((each) => each.block_id === block && elementOf(each).action_id === action)
      if (!known) throw new Error(`the modal has no field ${block}/${action}; it has ${namesOf(inputs)}`)
    }
  }
  return Object.fromEntries(
    inputs.map((input) => {
      const { action_id } = elementOf(input)
      const given = values[String(input.block_id)]?.[String(action_id)]
      return [String(input.block_id), { [String(action_id)]: state(input, given) }]
    }),
  )
}

const elementOf = (input: Fields): Fields => input.element as Fields

const namesOf = (inputs: readonly Fields[]): string =>
  inputs.map((each) => `${String(each.block_id)}/${String(elementOf(each).action_id)}`).join(', ')

function stateOf(input: Fields, given: string | null | undefined): Fields {
  const element = elementOf(input)
  const type = String(element.type)
  const name = `${String(input.block_id)}/${String(element.action_id)}`
  if (type === 'users_select') {
    const selected_user = given === undefined ? (element.initial_user ?? null) : given
    if (!selected_user && input.optional !== true) throw new Error(`${name} must be chosen`)
    return { type, selected_user }
  }
  if (type === 'conversations_select') {
    const selected_conversation = given === undefined ? (element.initial_conversation ?? null) : given
    if (!selected_conversation && input.optional !== true) throw new Error(`${name} must be chosen`)
    return { type, selected_conversation }
  }
  if (type.endsWith('select') || type === 'radio_buttons') {
    const selected_option =
      given === undefined ? (element.initial_option ?? null) : optionOf(element, given, name)
    if (!selected_option && input.optional !== true) throw new Error(`${name} must be chosen`)
    return { type, selected_option }
  }
  const value = given === undefined ? (element.initial_value ?? null) : given || null
  if (value === null && input.optional !== true) throw new Error(`${name} must be filled in`)
  const most = typeof element.max_length === 'number' ? element.max_length : 3000
  if (String(value).length > most) throw new Error(`${name} takes ${most} characters at most`)
  return { type, value }
}

function optionOf(element: Fields, value: string | null, name: string): unknown {
  if (value === null) return null
  const options = Array.isArray(element.options) ? element.options.filter(isFields) : []
  const option = options.find((each) => each.value === value)
  if (!option)
    throw new Error(`${name} has no option ${value}; it has ${options.map((each) => each.value).join(', ')}`)
  return option
}
