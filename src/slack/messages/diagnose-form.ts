import type { InputBlock, ModalView, PlainTextOption } from '@slack/types'
import type { Run } from '../../runs/run.ts'
import { oneLine } from '../../text/shorten.ts'
import { LIMITS } from '../limits.ts'
import { modal } from './empty-form.ts'
import { paragraph, text } from './rich-text.ts'
import { field, type Submitted } from './ticket/forms.ts'

/** Callback ids of the two shortcuts, and of the form that both open; action id of its menu of hosts. */
export const diagnoseShortcuts = { anywhere: 'diagnose_host', fromMessage: 'diagnose_from_message' } as const
export const DIAGNOSE_FORM = 'diagnose_form'
export const HOST_MENU = 'diagnose_host'

export const DIAGNOSE_TITLE = 'Diagnose a host'

/** Where the answer goes, and what its reader may mean. */
export interface FormOrigin {
  /** Undefined: whoever fills it in chooses. */
  readonly channel?: string | undefined
  /** Ts of the thread. */
  readonly thread?: string | undefined
  /** Hosts that the message names. */
  readonly found: readonly string[]
}

export interface DiagnoseForm extends FormOrigin {
  readonly topics: readonly { readonly topic: string; readonly title: string }[]
  /** The topic that the message's words describe. */
  readonly topic?: string | undefined
}

/** In the place of a topic. No topic has this name. */
const BY_SYMPTOM = '*'
const LONGEST_SAID = 300
/** So that private_metadata has room for all of them. */
const MOST_FOUND = 10

export function diagnoseForm({ topics, topic, ...origin }: DiagnoseForm): ModalView {
  const found = origin.found.filter(fits).slice(0, MOST_FOUND)
  const [only] = found
  const chosen = topics.find((each) => each.topic === topic)
  return {
    ...modal(DIAGNOSE_TITLE, [
      {
        ...input('host', 'Host'),
        element: {
          type: 'external_select',
          action_id: HOST_MENU,
          min_query_length: 0,
          placeholder: plain('Type a part of its name'),
          ...(only !== undefined && found.length === 1 ? { initial_option: hostOption(only) } : {}),
        },
      },
      {
        ...input('topic', 'Topic'),
        element: {
          type: 'static_select',
          action_id: 'value',
          options: [bySymptom, ...topics.map(topicOption)].slice(0, LIMITS.options),
          initial_option: chosen ? topicOption(chosen) : bySymptom,
        },
      },
      {
        ...input('said', 'What is wrong'),
        optional: true,
        hint: plain('Chooses the topic by its symptoms. Empty: a first look.'),
        element: { type: 'plain_text_input', action_id: 'value', max_length: LONGEST_SAID },
      },
      ...(origin.channel === undefined ? [whereInput] : []),
    ]),
    callback_id: DIAGNOSE_FORM,
    private_metadata: JSON.stringify({ ...origin, found }),
    submit: plain('Diagnose'),
    close: plain('Cancel'),
  }
}

const plain = (words: string) => ({ type: 'plain_text', text: words }) as const

const input = (block: string, label: string): Omit<InputBlock, 'element'> => ({
  type: 'input',
  block_id: block,
  label: plain(label),
})

const whereInput: InputBlock = {
  ...input('where', 'Where the answer goes'),
  optional: true,
  hint: plain('A channel that I am in. Empty: a direct message to you.'),
  element: {
    type: 'conversations_select',
    action_id: 'value',
    default_to_current_conversation: true,
    placeholder: plain('A direct message to you'),
    filter: { include: ['public', 'private'], exclude_external_shared_channels: true },
  },
}

const bySymptom: PlainTextOption = { text: plain('By symptom'), value: BY_SYMPTOM }

const topicOption = ({ topic, title }: { topic: string; title: string }): PlainTextOption => ({
  text: plain(oneLine(`${topic}: ${title}`, LIMITS.optionText)),
  value: topic,
})

/** A longer name is typed in a command. */
const fits = (host: string): boolean => host.length <= LIMITS.optionValue

const hostOption = (host: string): PlainTextOption => ({
  text: plain(oneLine(host, LIMITS.optionText)),
  value: host,
})

export const hostOptions = (hosts: readonly string[]): PlainTextOption[] =>
  hosts.filter(fits).slice(0, LIMITS.options).map(hostOption)

/** What was filled in. No topic: it is chosen by what was said. */
export interface WantedInForm {
  readonly host: string
  readonly topic?: string
  readonly said: string
  /** Undefined: a direct message. */
  readonly channel?: string
  readonly thread?: string
}

/** Undefined: no form of ours says that, or no host was chosen. */
export function readDiagnoseForm(view: Submitted): WantedInForm | undefined {
  const host = view.state.values.host?.[HOST_MENU]?.selected_option?.value
  const topic = field(view, 'topic').selected_option?.value
  if (!host || !topic) return undefined
  const { channel, thread } = readOrigin(view.private_metadata)
  const to = channel ?? field(view, 'where').selected_conversation
  return {
    host,
    ...(topic === BY_SYMPTOM ? {} : { topic }),
    said: oneLine(field(view, 'said').value ?? '', LONGEST_SAID),
    ...(to ? { channel: to } : {}),
    ...(channel !== undefined && thread !== undefined ? { thread } : {}),
  }
}

/** Of a form that is open. What is not ours is taken for a form that was opened nowhere. */
export function readOrigin(metadata: string): FormOrigin {
  try {
    const { channel, thread, found } = JSON.parse(metadata) as Readonly<Record<string, unknown>>
    return {
      channel: typeof channel === 'string' ? channel : undefined,
      thread: typeof thread === 'string' ? thread : undefined,
      found: Array.isArray(found) ? found.filter((each) => typeof each === 'string') : [],
    }
  } catch {
    return { found: [] }
  }
}

/** In place of the form: what was started, and where its answer comes. `note`: why not where it was asked. */
export const startedNotice = (
  { topic, host }: Pick<Run, 'topic' | 'host'>,
  { channel, thread }: { readonly channel: string; readonly thread?: string | undefined },
  note = '',
): ModalView =>
  modal(DIAGNOSE_TITLE, [
    paragraph(
      ...text(`${oneLine(`${topic} on ${host}`, 150)} is being examined. The answer comes `),
      ...(channel.startsWith('D')
        ? text('as a direct message to you')
        : [
            ...text(thread === undefined ? 'in ' : 'in that thread of '),
            { type: 'channel', channel_id: channel } as const,
          ]),
      ...text(`.${note === '' ? '' : ` ${note}`}`),
    ),
  ])
