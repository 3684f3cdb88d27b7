import {
  all,
  type Check,
  flag,
  integer,
  isFields,
  list,
  object,
  oneOf,
  problem,
  string,
  tagged,
} from './shape.ts'

/**
 * docs.slack.dev/reference/block-kit/composition-objects and …/block-elements (2026): what may stand inside
 * a block.
 */
export const plain = (max: number): Check =>
  tagged({ plain_text: object({ text: string(max) }, { emoji: flag }) })

export const mrkdwn = (max: number): Check =>
  tagged({ mrkdwn: object({ text: string(max) }, { verbatim: flag }) })

export const text = (max: number): Check =>
  tagged({
    plain_text: object({ text: string(max) }, { emoji: flag }),
    mrkdwn: object({ text: string(max) }, { verbatim: flag }),
  })

const url = string(3000)
const action_id = string(255)
const style = oneOf('primary', 'danger')
const confirm = object({ text: text(300) }, { title: plain(100), confirm: plain(30), deny: plain(30), style })
export const option = object({ text: text(75), value: string(150) }, { description: plain(75), url })
const group = object({ label: plain(75), options: list(option, 1, 100) })
const id = string(255)
const asked = { action_id, confirm, focus_on_load: flag, placeholder: plain(150) }

const slackFile = object({}, { id, url })
const oneImage: Check = (value, at) =>
  isFields(value) && (value.image_url === undefined) === (value.slack_file === undefined)
    ? [problem('must provide one of: image_url, slack_file', at)]
    : []
export const image: Check = all(
  object({ alt_text: string(2000) }, { image_url: url, slack_file: slackFile }),
  oneImage,
)

const select = (initial: Record<string, Check>): Check => object({}, { ...asked, ...initial })
const listed = (initial: Record<string, Check>): Check =>
  all(
    object({}, { ...asked, options: list(option, 1, 100), option_groups: list(group, 1, 100), ...initial }),
    (value, at) =>
      isFields(value) && (value.options === undefined) === (value.option_groups === undefined)
        ? [problem('must provide one of: options, option_groups', at)]
        : [],
  )
const several = { max_selected_items: integer(1, 100) }
const typed = {
  ...asked,
  initial_value: string(3000, 0),
  dispatch_action_config: object(
    {},
    { trigger_actions_on: list(oneOf('on_enter_pressed', 'on_character_entered'), 1, 2) },
  ),
}
const rating = object({ text: plain(75), value: string(2000) }, { accessibility_label: string(75) })

const button = object(
  { text: plain(75) },
  { action_id, confirm, value: string(2000), url, style, accessibility_label: string(75) },
)
export const buttons = (min: number, max: number): Check => list(tagged({ button }), min, max)

const KINDS: Readonly<Record<string, Check>> = {
  button,
  checkboxes: object({ options: list(option, 1, 10) }, { ...asked, initial_options: list(option, 1, 10) }),
  radio_buttons: object({ options: list(option, 1, 10) }, { ...asked, initial_option: option }),
  overflow: object({ options: list(option, 1, 5) }, { action_id, confirm }),
  datepicker: select({ initial_date: string(10) }),
  datetimepicker: select({ initial_date_time: integer(0, 9_999_999_999) }),
  timepicker: select({ initial_time: string(5), timezone: string(100) }),
  static_select: listed({ initial_option: option }),
  multi_static_select: listed({ initial_options: list(option, 1, 100), ...several }),
  external_select: select({ initial_option: option, min_query_length: integer(0, 3000) }),
  users_select: select({ initial_user: id }),
  multi_users_select: select({ initial_users: list(id, 1, 100), ...several }),
  channels_select: select({ initial_channel: id, response_url_enabled: flag }),
  conversations_select: select({
    initial_conversation: id,
    default_to_current_conversation: flag,
    response_url_enabled: flag,
    filter: object(
      {},
      {
        include: list(oneOf('im', 'mpim', 'private', 'public'), 1, 4),
        exclude_external_shared_channels: flag,
        exclude_bot_users: flag,
      },
    ),
  }),
  plain_text_input: object(
    {},
    { ...typed, multiline: flag, min_length: integer(0, 3000), max_length: integer(1, 3000) },
  ),
  email_text_input: object({}, typed),
  url_text_input: object({}, typed),
  number_input: object(
    { is_decimal_allowed: flag },
    { ...typed, min_value: string(100), max_value: string(100) },
  ),
  image,
  feedback_buttons: object({ positive_button: rating, negative_button: rating }, { action_id }),
  icon_button: object(
    { icon: string(100), text: plain(75) },
    {
      action_id,
      confirm,
      value: string(2000),
      accessibility_label: string(75),
      visible_to_user_ids: list(id, 1, 100),
    },
  ),
}

const some = (...types: readonly string[]): Check =>
  tagged(Object.fromEntries(Object.entries(KINDS).filter(([type]) => types.includes(type))))

const SELECTS = [
  'static_select',
  'external_select',
  'users_select',
  'channels_select',
  'conversations_select',
]
const MULTI = ['multi_static_select', 'multi_users_select']
const PICKERS = ['checkboxes', 'radio_buttons', 'datepicker', 'datetimepicker', 'timepicker', ...SELECTS]

export const actionElement: Check = some('button', 'overflow', ...PICKERS, ...MULTI)
export const accessory: Check = some('button', 'overflow', 'image', ...PICKERS, ...MULTI)
export const inputElement: Check = some(
  ...['plain_text_input', 'email_text_input', 'url_text_input', 'number_input'],
  ...PICKERS,
  ...MULTI,
)
export const contextAction: Check = some('feedback_buttons', 'icon_button')
