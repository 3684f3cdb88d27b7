import { randomBytes } from 'node:crypto'
import { checkBlocks } from '../blocks/check.ts'
import { plain } from '../blocks/elements.ts'
import { type Check, type Fields, flag, isFields, object, oneOf, problem, string } from '../blocks/shape.ts'
import { type Answer, refusal } from './api.ts'
import { nameBlocks } from './messages.ts'
import type { Workspace } from './workspace.ts'

/** A modal or Home as the user sees it. */
export interface View extends Fields {
  readonly id: string
  readonly type: string
  readonly blocks: readonly Fields[]
}

export interface OpenedView {
  readonly view: View
  /** The id of who looks at it. */
  readonly user: string
}

/** docs.slack.dev/interactivity/handling-user-interaction: a trigger lives 3 s and opens one view. */
const TRIGGER_MS = 3_000
const MOST_BYTES = 250_000

export interface Views {
  /** A trigger_id for this user; `view` when it comes out of a modal. */
  trigger(user: string, view?: string): string
  opened(): readonly OpenedView[]
  /** A modal that is open, or somebody's Home tab. */
  byId(id: string): OpenedView | undefined
  /** The Home tab of this user as it was published last. */
  home(user: string): View | undefined
  /** The user closed it, or its submission was accepted. */
  close(id: string): void
  closeAll(user: string): void
  /** The bot's views.* calls. */
  call(method: string, args: Fields): Promise<Answer>
  /** What a submission's answer does: `update` or `push`. */
  apply(action: 'update' | 'push', from: OpenedView, view: unknown): Promise<Answer>
}

interface Trigger {
  readonly user: string
  readonly view: string | undefined
  readonly issued: number
  used: boolean
}

export function openViews(workspace: Workspace, refused: ReadonlySet<string>, now: () => number): Views {
  const triggers = new Map<string, Trigger>()
  const opened = new Map<string, OpenedView>()
  /** By user. */
  const homes = new Map<string, View>()

  const issue = (user: string, view?: string) => {
    const id = `${now()}.${triggers.size}.${randomBytes(16).toString('hex')}`
    triggers.set(id, { user, view, issued: now(), used: false })
    return id
  }
  const keep = (answer: Answer, user: string): Answer => {
    if (answer.ok && isView(answer.view)) opened.set(answer.view.id, { view: answer.view, user })
    return answer
  }
  /** The emulator counts a trigger's life in whole seconds: it gets a new one of its own. */
  const exchange = async (method: string, args: Fields, trigger: Trigger): Promise<Answer> => {
    const { user, view } = trigger
    const own = await workspace.asBot(
      'views.generateTriggerId',
      view ? { user_id: user, view_id: view } : { user_id: user },
    )
    return keep(await workspace.asBot(method, { ...args, trigger_id: own.trigger_id }), user)
  }
  const show = async (method: string, args: Fields): Promise<Answer> => {
    const trigger = triggers.get(String(args.trigger_id))
    if (!trigger) return refusal('invalid_trigger_id')
    if (trigger.used) return refusal('exchanged_trigger_id')
    if (now() - trigger.issued >= TRIGGER_MS) return refusal('expired_trigger_id')
    trigger.used = true
    return exchange(method, args, trigger)
  }
  const change = async (args: Fields): Promise<Answer> => {
    const shown = [...opened.values()].find(
      ({ view }) => view.id === args.view_id || (args.external_id && view.external_id === args.external_id),
    )
    return shown ? keep(await workspace.asBot('views.update', args), shown.user) : refusal('not_found')
  }
  const call = async (method: string, given: Fields): Promise<Answer> => {
    const wrong = refuseView(given.view, method === 'views.publish' ? 'home' : 'modal', refused)
    if (wrong) return wrong
    const args = isFields(given.view) ? { ...given, view: nameBlocks(given.view) } : given
    if (method === 'views.update') return change(args)
    return method === 'views.publish' ? publish(args) : show(method, args)
  }
  /** docs.slack.dev/reference/methods/views.publish. */
  const publish = async (args: Fields): Promise<Answer> => {
    const user = String(args.user_id)
    if (!workspace.people.has(user)) return refusal('invalid_arguments', { detail: `no user ${user}` })
    const answer = await workspace.asBot('views.publish', args)
    if (answer.ok && isView(answer.view)) homes.set(user, answer.view)
    return answer
  }
  return {
    trigger: issue,
    opened: () => [...opened.values()],
    byId(id) {
      const home = [...homes].find(([, view]) => view.id === id)
      return opened.get(id) ?? (home && { view: home[1], user: home[0] })
    },
    home: (user) => homes.get(user),
    close: (id) => void opened.delete(id),
    closeAll(user) {
      for (const [id, shown] of opened) if (shown.user === user) opened.delete(id)
    },
    call,
    apply(action, from, view) {
      const args =
        action === 'update' ? { view_id: from.view.id } : { trigger_id: issue(from.user, from.view.id) }
      return call(`views.${action}`, { ...args, view })
    },
  }
}

export const isView = (value: unknown): value is View =>
  isFields(value) && typeof value.id === 'string' && Array.isArray(value.blocks)

const always: Check = () => []
const MODAL = object(
  { type: oneOf('modal'), title: plain(24), blocks: always },
  {
    submit: plain(24),
    close: plain(24),
    private_metadata: string(3000, 0),
    callback_id: string(255, 0),
    external_id: string(255, 0),
    clear_on_close: flag,
    notify_on_close: flag,
    submit_disabled: flag,
  },
)
const HOME = object(
  { type: oneOf('home'), blocks: always },
  { private_metadata: string(3000, 0), callback_id: string(255, 0), external_id: string(255, 0) },
)

/** Everything that is wrong with a view, but its size; empty when Slack would take it. */
export function viewProblems(
  view: unknown,
  surface: 'modal' | 'home',
  refused: ReadonlySet<string>,
): readonly string[] {
  return [
    ...(surface === 'modal' ? MODAL : HOME)(view, '/view'),
    ...(isFields(view) ? checkBlocks(surface, view.blocks, refused, '/view/blocks') : []),
    ...(isFields(view) && surface === 'modal' && asks(view) && view.submit === undefined
      ? [problem('missing required field: submit', '/view')]
      : []),
  ]
}

function refuseView(
  view: unknown,
  surface: 'modal' | 'home',
  refused: ReadonlySet<string>,
): Answer | undefined {
  const problems = viewProblems(view, surface, refused)
  if (problems.length > 0) {
    return refusal('invalid_arguments', {
      response_metadata: { messages: problems.map((each) => `[ERROR] ${each}`) },
    })
  }
  return Buffer.byteLength(JSON.stringify(view)) > MOST_BYTES ? refusal('view_too_large') : undefined
}

const asks = (view: Fields): boolean =>
  Array.isArray(view.blocks) && view.blocks.some((block) => isFields(block) && block.type === 'input')
