import {
  App,
  type BlockAction,
  type BlockElementAction,
  type Receiver,
  type ViewResponseAction,
} from '@slack/bolt'
import type { Logger as SlackLogger } from '@slack/logger'
import type { ModalView } from '@slack/types'
import type { WebClientOptions } from '@slack/web-api'
import type { Message } from '../slack/message.ts'
import { formAnswer } from '../slack/messages/empty-form.ts'
import type { Viewed } from '../slack/transport/delivery.ts'
import { firstDelivery } from '../store/seen-deliveries.ts'
import type { Doors } from './dependencies.ts'
import type { Filed } from './form-result.ts'
import { type Caller, type DoorDeps, enter } from './guard.ts'
import { type Form, forms, type Opener, openers, type Route, routes, unknownButton } from './routes.ts'

export interface AppOptions {
  readonly receiver: Receiver
  readonly clientOptions: WebClientOptions
  readonly logger: SlackLogger
  /** From auth.test, read once at the start. */
  readonly bot: { readonly token: string; readonly id: string; readonly user: string }
  /** Answers a private message to a response_url. */
  respond(url: string, message: Message): Promise<unknown>
}

/** Bolt's listeners: each translates what Slack sent into a Caller, enters by the one wrapper, and acks when the work is stored. */
export function makeApp(doors: Doors & DoorDeps, options: AppOptions): App {
  const { bot, receiver, clientOptions, logger } = options
  const app = new App({
    receiver,
    clientOptions,
    logger,
    authorize: async () => ({ botToken: bot.token, botId: bot.id, botUserId: bot.user }),
  })
  openAtOnce(app, doors)
  // S1: a signature that was seen before, on any replica, is a replay. Bolt has checked it by now.
  app.use(async ({ context, next }) => {
    const { signature } = context as { signature?: unknown }
    if (typeof signature === 'string' && !(await firstDelivery(doors.db, `signature:${signature}`))) {
      throw new Error('a request was replayed')
    }
    await next()
  })
  for (const route of routes) {
    if (route.kind === 'command') onCommand(app, doors, route)
    else onButton(app, doors, route, options)
  }
  for (const opener of openers) onOpener(app, doors, opener, options)
  for (const form of forms) onSubmitted(app, doors, form)
  onUnknownButton(app, doors, options)
  // What a listener throws in spite of the wrapper: Slack's own framing, not a user's request.
  app.error(async (error) => doors.log.error({ err: error }, 'Slack sent what no door takes'))
  return app
}

/**
 * Slack takes a form for 3 s after the click, and an acknowledgement too. An empty one has no effect and tells nothing, so it opens, and the click is
 * acknowledged, before the store or Slack is asked anything: neither can let them expire.
 */
function openAtOnce(app: App, { delivery }: Doors): void {
  app.use(async ({ body, context, next, ...rest }) => {
    const opener = openerOf(body)
    if (opener && 'ack' in rest && 'trigger_id' in body) {
      context.opened = delivery.openView(String(body.trigger_id), opener.loading())
      await (rest.ack as () => Promise<void>)()
    }
    await next()
  })
}

function openerOf(body: object): Opener | undefined {
  const { type, actions } = body as { type?: unknown; actions?: readonly { action_id?: unknown }[] }
  return type === 'block_actions' ? openers.find(({ name }) => name === actions?.[0]?.action_id) : undefined
}

/** Its form is open by now, or cannot be: what it shows, or why it shows nothing. */
function onOpener(app: App, doors: Doors & DoorDeps, opener: Opener, { respond }: AppOptions): void {
  app.action({ type: 'block_actions', action_id: opener.name }, async ({ body, action, context }) => {
    const caller = callerOf(body, action)
    const opened = (await (context as { opened?: Promise<Viewed> }).opened) ?? { ok: false }
    let view: ModalView | undefined
    const answer = await enter(doors, opener, caller, async (ask) => {
      if (!opened.ok) return doors.notice(NOT_OPENED)
      const filled = await opener.fill(doors, ask)
      if (!filled.ok) return doors.notice(filled.sentence)
      view = filled.view
      return undefined
    })
    if (opened.ok) await doors.delivery.updateView(opened.viewId, view ?? opener.notice(answer?.text ?? ''))
    else if (answer && caller.responseUrl) await respond(caller.responseUrl, answer)
  })
}

const NOT_OPENED = 'Slack did not open the form; click the button again.'

function onCommand(app: App, doors: Doors & DoorDeps, route: Route): void {
  app.command(route.name, async ({ command, ack }) => {
    const caller: Caller = {
      team: command.team_id,
      user: command.user_id,
      channel: command.channel_id,
      responseUrl: command.response_url,
      trigger: command.trigger_id,
      text: command.text,
    }
    const answer = await enter(doors, route, caller, (ask) => route.handle(doors, ask))
    await ack(
      answer ? { response_type: 'ephemeral', text: answer.text, blocks: [...answer.blocks] } : undefined,
    )
  })
}

const onButton = (app: App, doors: Doors & DoorDeps, route: Route, options: AppOptions): void =>
  onAction(app, doors, route.name, route, options)

function onAction(
  app: App,
  doors: Doors & DoorDeps,
  actionId: string | RegExp,
  route: Route,
  options: AppOptions,
): void {
  app.action({ type: 'block_actions', action_id: actionId }, async ({ body, action, ack }) => {
    const caller = callerOf(body, action)
    const answer = await enter(doors, route, caller, (ask) => route.handle(doors, ask))
    // Over HTTP nobody may be waiting for it any more: whoever clicked is answered all the same.
    await ack().catch((error: unknown) => doors.log.warn({ err: error }, 'a click was acknowledged too late'))
    if (!answer) return
    // A button in a form has no response_url: its answer takes the form's place.
    if (body.view) await doors.delivery.updateView(body.view.id, formAnswer(body.view.title.text, answer))
    else if (caller.responseUrl) await options.respond(caller.responseUrl, answer)
  })
}

const callerOf = (body: BlockAction, action: BlockElementAction): Caller => ({
  team: body.team?.id ?? '',
  user: body.user.id,
  channel: body.channel?.id ?? '',
  responseUrl: body.response_url ?? null,
  trigger: body.trigger_id,
  text: 'value' in action ? String(action.value ?? '') : '',
})

/** Any element whose action id has no route: whoever sent it reads so, and the audit has it. */
function onUnknownButton(app: App, doors: Doors & DoorDeps, options: AppOptions): void {
  const known = new Set([...routes, ...openers].map(({ name }) => name))
  const own = [...known].map((name) => name.replaceAll(/[^\w]/g, '\\$&')).join('|')
  const other = new RegExp(`^(?!(?:${own})$).*$`, 's')
  const route: Route = {
    ...unknownButton,
    kind: 'button',
    handle: async (_, ask) => {
      const sentence = 'This button is not one of this version: nothing was done.'
      await ask.refuse(unknownButton.action, {}, sentence)
      return doors.notice(sentence)
    },
  }
  onAction(app, doors, other, route, options)
}

function onSubmitted(app: App, doors: Doors & DoorDeps, form: Form): void {
  app.view(form.name, async ({ body, view, ack }) => {
    const caller: Caller = {
      team: body.team?.id ?? '',
      user: body.user.id,
      channel: '',
      responseUrl: null,
      trigger: view.id,
      text: view.private_metadata,
    }
    let filed: Filed = { ok: true }
    const refused = await enter(doors, form, caller, async (ask) => {
      filed = await form.save(doors, ask, view)
      return undefined
    })
    await ack(answerTo(form, refused ? { ok: false, sentence: refused.text } : filed))
  })
}

/** Undefined: the form closes. */
function answerTo({ errorAt }: Form, filed: Filed): ViewResponseAction | undefined {
  if (filed.ok) return filed.view && { response_action: 'update', view: filed.view }
  const { sentence } = filed
  return typeof errorAt === 'string'
    ? { response_action: 'errors', errors: { [filed.block ?? errorAt]: sentence } }
    : { response_action: 'update', view: errorAt(sentence) }
}
