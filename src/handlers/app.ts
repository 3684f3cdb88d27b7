import { App, type Receiver } from '@slack/bolt'
import type { Logger as SlackLogger } from '@slack/logger'
import type { WebClientOptions } from '@slack/web-api'
import type { Message } from '../slack/message.ts'
import { firstDelivery } from '../store/deliveries.ts'
import { type Caller, type DoorDeps, enter } from './door.ts'
import type { Doors } from './doors.ts'
import { type Form, forms, type Route, routes } from './routes.ts'

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
  for (const form of forms) onSubmitted(app, doors, form)
  // What a listener throws in spite of the wrapper: Slack's own framing, not a user's request.
  app.error(async (error) => doors.log.error({ err: error }, 'Slack sent what no door takes'))
  return app
}

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

function onButton(app: App, doors: Doors & DoorDeps, route: Route, options: AppOptions): void {
  app.action({ type: 'block_actions', action_id: route.name }, async ({ body, action, ack }) => {
    const caller: Caller = {
      team: body.team?.id ?? '',
      user: body.user.id,
      channel: body.channel?.id ?? '',
      responseUrl: body.response_url ?? null,
      trigger: body.trigger_id,
      text: 'value' in action ? String(action.value ?? '') : '',
    }
    const answer = await enter(doors, route, caller, (ask) => route.handle(doors, ask))
    await ack()
    if (answer && caller.responseUrl) await options.respond(caller.responseUrl, answer)
  })
}

function onSubmitted(app: App, doors: Doors & DoorDeps, form: Form): void {
  app.view(form.name, async ({ body, view, ack }) => {
    const caller: Caller = {
      team: body.team?.id ?? '',
      user: body.user.id,
      channel: '',
      responseUrl: null,
      trigger: view.id,
      text: '',
    }
    let problem: { readonly sentence: string; readonly block?: string | undefined } | undefined
    const refused = await enter(doors, form, caller, async (ask) => {
      const filed = await form.save(doors, ask, view)
      if (!filed.ok) problem = filed
      return undefined
    })
    if (refused) problem ??= { sentence: refused.text }
    await ack(
      problem
        ? { response_action: 'errors', errors: { [problem.block ?? form.errorAt]: problem.sentence } }
        : undefined,
    )
  })
}
