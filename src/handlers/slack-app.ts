import {
  App,
  type BlockAction,
  type BlockElementAction,
  type Receiver,
  type ReceiverEvent,
  type ViewResponseAction,
} from '@slack/bolt'
import { noticeMessage } from '../slack/messages/command-answers.ts'
import { formAnswer } from '../slack/messages/empty-form.ts'
import { clientOptions, SLACK_API, slackLogger } from '../slack/transport/client.ts'
import { unescapeText } from '../slack/typed-text.ts'
import type { BotIdentity } from '../slack/workspace/sign-in.ts'
import { firstDelivery } from '../store/seen-deliveries.ts'
import { answerCommand } from './answer-command.ts'
import type { Capabilities } from './capabilities.ts'
import { onShortcuts } from './diagnose-form/on-shortcut.ts'
import { onFleetMenu } from './fleet/on-fleet-menu.ts'
import type { FormResult } from './form-result.ts'
import { type Caller, guard } from './guard.ts'
import { answerOnHome } from './home/draw-home.ts'
import { onHomeOpened } from './home/on-home-opened.ts'
import { isMessageToBot } from './mentions/acknowledged-by-listener.ts'
import { onMention } from './mentions/on-mention.ts'
import {
  checkBeforeOpening,
  fillOpened,
  type OpenedForm,
  type OpensForm,
  openedIn,
  openForm,
} from './open-form.ts'
import { onDirectMessage } from './panel/on-direct-message.ts'
import {
  type Form,
  forms,
  type Opener,
  openers,
  type Route,
  routes,
  shortcuts,
  unknownButton,
} from './routes.ts'

/** Messages to the bot are acknowledged by their listeners. */
class SlackApp extends App {
  override processEvent(event: ReceiverEvent): Promise<void> {
    const { body, ack, customProperties } = event
    const acknowledge = async () => ack()
    return super.processEvent(
      isMessageToBot(body)
        ? { ...event, ack: async () => {}, customProperties: { ...customProperties, acknowledge } }
        : event,
    )
  }
}

export interface AppOptions {
  readonly receiver: Receiver
  readonly apiUrl: string | undefined
  /** From auth.test, read once at the start. */
  readonly self: BotIdentity
  /** What a request sees when it begins is what it sees till its end. */
  readonly pinned?: <R>(work: () => R) => R
}

/**
 * Bolt's listeners: each translates what Slack sent into a Caller, passes the one guard, and acks when the work is
 * stored.
 */
export function makeApp(bot: Capabilities, options: AppOptions): App {
  const { self, receiver, apiUrl = SLACK_API } = options
  const { log } = bot
  const app = new SlackApp({
    receiver,
    clientOptions: clientOptions({ apiUrl, log }),
    logger: slackLogger(log),
    // What we wrote ourselves is refused and counted as everybody's is.
    ignoreSelf: false,
    authorize: async () => ({ botToken: self.token, botId: self.id, botUserId: self.user }),
  })
  const { pinned } = options
  if (pinned) app.use(({ next }) => pinned(next))
  beforeListeners(app, bot)
  for (const route of routes) {
    if (route.kind === 'command') onCommand(app, bot, route)
    else onAction(app, bot, route.name, route)
  }
  for (const opener of openers) onOpener(app, bot, opener)
  for (const form of forms) onSubmitted(app, bot, form)
  onMention(app, bot, self)
  onHomeOpened(app, bot)
  onDirectMessage(app, bot, self)
  onShortcuts(app, bot)
  onFleetMenu(app, bot)
  onUnknownButton(app, bot)
  // Bolt itself rejects these: what Slack sent fits no listener. A listener's own errors end in the guard.
  app.error(async (error) => bot.log.error({ err: error }, 'Slack sent what no route takes'))
  return app
}

/**
 * What is done with every request before its listener: Bolt has checked the signature; one that was seen before, on any
 * replica, is a replay (S1), a message to the bot apart. A form opens here, and its click is acknowledged, since Slack takes both
 * for 3 s only and what the listener asks may take longer.
 */
function beforeListeners(app: App, bot: Capabilities): void {
  app.use(async ({ body, context, next, ...rest }) => {
    // Slack may send a message again in the same second, with the same signature. Its id says what was done of it.
    const replayed = isMessageToBot(body) ? Promise.resolve(false) : isReplay(bot, context)
    const opener = openerOf(body)
    if (opener && 'ack' in rest && 'trigger_id' in body) {
      const { user, team } = body as Partial<BlockAction>
      const click = { user: user?.id ?? '', team: team?.id ?? '' }
      const checked = await checkBeforeOpening(bot, click, replayed)
      context.opened =
        checked === true
          ? openForm(bot, String(body.trigger_id), opener.loading())
          : Promise.resolve({ ok: false, sentence: checked.sentence } satisfies OpenedForm)
      await (rest.ack as () => Promise<void>)()
    }
    if (await replayed) throw new Error('a request was replayed')
    await next()
  })
}

async function isReplay({ store }: Pick<Capabilities, 'store'>, context: object): Promise<boolean> {
  const { signature } = context as { signature?: unknown }
  return typeof signature === 'string' && !(await firstDelivery(store, `signature:${signature}`))
}

interface Interaction {
  readonly type?: unknown
  readonly actions?: readonly { readonly action_id?: unknown }[]
  readonly callback_id?: unknown
}

function openerOf(body: object): OpensForm | undefined {
  const { type, actions, callback_id: shortcut } = body as Interaction
  if (type === 'block_actions') return openers.find(({ name }) => name === actions?.[0]?.action_id)
  const isShortcut = type === 'shortcut' || type === 'message_action'
  return isShortcut ? shortcuts.find(({ name }) => name === shortcut) : undefined
}

/** Fills a form that is open by now, or says why it stays empty. If it could not be opened, whoever clicked is told. */
function onOpener(app: App, bot: Capabilities, opener: Opener): void {
  app.action({ type: 'block_actions', action_id: opener.name }, async ({ body, action, context }) => {
    const caller = callerOf(body, action)
    const untold = await fillOpened(bot, opener, { caller, opened: openedIn(context) }, (request) =>
      opener.fill(bot, request),
    )
    if (untold && body.view?.type === 'home') await answerOnHome(bot, caller, untold)
  })
}

function onCommand(app: App, bot: Capabilities, route: Route): void {
  app.command(route.name, async ({ command, ack }) => {
    const caller: Caller = {
      team: command.team_id,
      user: command.user_id,
      channel: command.channel_id,
      responseUrl: command.response_url,
      trigger: command.trigger_id,
      text: command.text,
    }
    const work = guard(bot, route, caller, (request) => route.handle(bot, request))
    await answerCommand(work, {
      ack: (answer) =>
        ack(answer && { response_type: 'ephemeral', text: answer.text, blocks: [...answer.blocks] }),
      respond: (answer) => bot.slack.delivery.respond(command.response_url, answer),
      hasEffect: route.hasEffect?.(bot, command.text) ?? true,
      notAcknowledged: (error) => bot.log.warn({ err: error }, 'a command was not acknowledged'),
    })
  })
}

function onAction(app: App, bot: Capabilities, actionId: string | RegExp, route: Route): void {
  app.action({ type: 'block_actions', action_id: actionId }, async ({ body, action, ack }) => {
    const caller = callerOf(body, action)
    const answer = await guard(bot, route, caller, (request) => route.handle(bot, request))
    // Over HTTP nobody may be waiting for it any more: whoever clicked is answered all the same.
    await ack().catch((error: unknown) => bot.log.warn({ err: error }, 'a click was acknowledged too late'))
    if (body.view?.type === 'home') return answerOnHome(bot, caller, answer)
    if (!answer) return
    // A button in a form has no response_url: its answer takes the form's place.
    if (body.view) await bot.slack.delivery.updateView(body.view.id, formAnswer(body.view.title.text, answer))
    else if (caller.responseUrl) await bot.slack.delivery.respond(caller.responseUrl, answer)
  })
}

const callerOf = (body: BlockAction, action: BlockElementAction): Caller => ({
  team: body.team?.id ?? '',
  user: body.user.id,
  channel: body.channel?.id ?? '',
  thread: threadTsOf(body.message),
  responseUrl: body.response_url ?? null,
  trigger: body.trigger_id,
  text: chosenValue(action),
})

/** Undefined: the message that was clicked stands in no thread. */
const threadTsOf = (message: BlockAction['message']): string | undefined =>
  typeof message?.thread_ts === 'string' ? message.thread_ts : undefined

/** A button's value, or that of the option that was chosen. */
function chosenValue(action: BlockElementAction): string {
  if (action.type === 'static_select' || action.type === 'external_select')
    return action.selected_option?.value ?? ''
  return 'value' in action ? String(action.value ?? '') : ''
}

/** Answers an element whose action id has no route. Whoever sent it is told so, and the audit has it. */
function onUnknownButton(app: App, bot: Capabilities): void {
  const known = new Set([...routes, ...openers].map(({ name }) => name))
  const own = [...known].map((name) => name.replaceAll(/[^\w]/g, '\\$&')).join('|')
  const other = new RegExp(`^(?!(?:${own})$).*$`, 's')
  const route: Route = {
    ...unknownButton,
    kind: 'button',
    handle: async (_, request) => {
      const sentence = 'This button is not one of this version: nothing was done.'
      await request.refuse(unknownButton.action, {}, sentence)
      return noticeMessage(sentence)
    },
  }
  onAction(app, bot, other, route)
}

function onSubmitted(app: App, bot: Capabilities, form: Form): void {
  app.view(form.name, async ({ body, view, ack }) => {
    const caller: Caller = {
      team: body.team?.id ?? '',
      user: body.user.id,
      channel: '',
      responseUrl: null,
      trigger: view.id,
      text: view.private_metadata,
    }
    let result: FormResult = { ok: true }
    const refused = await guard(bot, form, caller, async (request) => {
      result = await form.save(bot, request, view)
      return undefined
    })
    await ack(answerTo(form, refused ? { ok: false, sentence: unescapeText(refused.text) } : result))
  })
}

/** Undefined: the form closes. */
function answerTo({ errorAt }: Form, result: FormResult): ViewResponseAction | undefined {
  if (result.ok) return result.view && { response_action: 'update', view: result.view }
  const { sentence } = result
  return typeof errorAt === 'string'
    ? { response_action: 'errors', errors: { [result.block ?? errorAt]: sentence } }
    : { response_action: 'update', view: errorAt(sentence) }
}
