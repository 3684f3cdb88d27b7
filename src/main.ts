import { hostname } from 'node:os'
import { HTTPReceiver, type Receiver, SocketModeReceiver } from '@slack/bolt'
import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import type { Policy } from './access/policy.ts'
import { type Clock, systemClock } from './async/clock.ts'
import type { Config } from './config/config.ts'
import type { SlackAccess } from './config/slack.ts'
import type { Runbooks } from './engine/load.ts'
import { connectChannels, reachableChannels } from './escalation/channels.ts'
import { escalate, giveUpEscalation } from './escalation/escalate.ts'
import { keepSweeping } from './escalation/sweep.ts'
import { mirror, mirrorLater } from './escalation/tickets/mirror.ts'
import { timeLimit } from './escalation/time-limit.ts'
import { type ChangeDeps, tellChange } from './fixes/announce-change.ts'
import { applyFix, expire, type FixDeps, giveUpFix } from './fixes/apply-fix.ts'
import { notConfigured } from './fixes/offer.ts'
import { makeApp } from './handlers/app.ts'
import type { Vocabulary } from './handlers/commands/parse-command.ts'
import type { Doors } from './handlers/dependencies.ts'
import type { DoorDeps } from './handlers/guard.ts'
import { httpRoutes } from './handlers/http-routes.ts'
import { keepConnected } from './handlers/socket.ts'
import { LARGEST_BODY, startListener } from './http/listener.ts'
import { makePager } from './integrations/pagerduty/events-api.ts'
import { makePagerApi } from './integrations/pagerduty/rest-api.ts'
import { makeTrackers } from './integrations/trackers.ts'
import type { FixRoutes } from './inventory/ansible.ts'
import type { Inventory } from './inventory/inventory.ts'
import { suggest } from './inventory/suggest.ts'
import type { Redactor } from './redact/redact.ts'
import { type DiagnoseDeps, diagnose, giveUp } from './runs/diagnose.ts'
import { makePeople } from './slack/directory/people.ts'
import { makeUsergroups } from './slack/directory/usergroups.ts'
import { noticeMessage } from './slack/messages/answers.ts'
import { clientOptions, makeClient, SLACK_API, slackLogger } from './slack/transport/client.ts'
import { makeDelivery } from './slack/transport/delivery.ts'
import { readError } from './slack/transport/failure.ts'
import { connect } from './ssh/connect.ts'
import { connectForFix } from './ssh/fix-connect.ts'
import { quote } from './ssh/wave/quote.ts'
import { appendAudit, redactedEntry } from './store/audit/audit.ts'
import { openStore } from './store/open.ts'
import { type Handlers, type Job, startQueue } from './store/queue.ts'
import type { Fixable } from './threads/fixes-view.ts'
import { makeThreads } from './threads/threads.ts'

/** What was read and checked before anything is started. */
export interface Prepared {
  readonly config: Config
  readonly slack: SlackAccess
  readonly runbooks: Runbooks
  readonly inventory: Inventory
  readonly fixRoutes: FixRoutes
  readonly redactor: Redactor
  readonly policy?: Policy | undefined
  readonly log: Logger
  /** What Slack's pace and the age of what it said of people are measured by; the system's unless given. */
  readonly clock?: Clock
}

export interface Bot {
  /** Of the one HTTP listener. */
  readonly url: string
  readonly team: string
  /** Takes no more requests and jobs, gives what is under way `graceMs`, and closes everything. */
  stop(graceMs?: number): Promise<void>
}

/** Diagnoses at once in one process; each holds one SSH connection. */
const CONCURRENCY = 8
const GRACE_MS = 10_000

/** The composition root: store, queue, Slack, jobs, doors. Throws one sentence when a part cannot be had; nothing stays open then. */
export async function startBot(prepared: Prepared): Promise<Bot> {
  const {
    config,
    slack,
    runbooks,
    inventory,
    fixRoutes,
    redactor,
    log,
    policy,
    clock = systemClock,
  } = prepared
  // Closed from the last to the first: nothing new comes in, then the jobs end, then the line to Slack, then the store.
  const closers: (() => Promise<unknown>)[] = []
  let grace = GRACE_MS
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) {
      await close().catch((error: unknown) => log.warn({ err: error }, 'a part did not close cleanly'))
    }
  }
  try {
    const slackSettings = { apiUrl: slack.apiUrl ?? SLACK_API, log }
    const client = makeClient(slack.botToken, slackSettings)
    const bot = await whoAmI(client, slack)
    const db = await openStore(config.store, (error) => log.error({ err: error }, 'the store met an error'))
    closers.push(() => db.close())
    const delivery = makeDelivery({ client, clock, log })
    closers.push(() => delivery.close(5_000))
    const queue = await startQueue(db, { databaseUrl: config.store.databaseUrl, log })
    closers.push(() => queue.stop(grace))
    const people = makePeople(client, clock)
    const usergroups = makeUsergroups(client, clock)
    const { pagerduty, pagerApi, lead } = config.escalation

    const knownHostsFile = config.knownHosts
    const { passphrase } = config.ssh
    const reachable = reachableChannels(config.escalation)
    const fixable: Fixable = (host) => (fixRoutes.has(host) ? true : { sentence: notConfigured(host) })
    const threads = makeThreads({ db, delivery, log, runbooks, reachable, fixable })
    const deps: DiagnoseDeps & FixDeps & ChangeDeps & Doors & DoorDeps = {
      db,
      queue,
      delivery,
      runbooks,
      inventory,
      log,
      quote,
      clean: redactor,
      now: () => performance.now(),
      time: () => Date.now() / 1000,
      worker: `${hostname()}:${process.pid}`,
      connect: (route, signal) => connect(route, { knownHostsFile, passphrase, signal }),
      fixRoutes,
      connectForFix: (route, signal) =>
        connectForFix(route, { knownHostsFile, passphrase, fixPassphrase: config.fixes.passphrase, signal }),
      words: vocabulary(runbooks, inventory),
      gate: { homeTeam: bot.team, policy },
      people: (user, _team, fresh?: boolean) => people.person(user, fresh),
      memberships: usergroups.memberships,
      audit: (tx, entry) => appendAudit(tx, redactedEntry(entry, redactor.text)),
      displayName: async (user) => (await people.displayName(user)) ?? user,
      notice: noticeMessage,
      pager: pagerduty && makePager({ ...pagerduty, timeoutMs: 10_000 }),
      pagerApi: pagerApi && makePagerApi({ ...pagerApi, timeoutMs: 5_000, now: () => performance.now() }),
      lead: { slackUser: lead.slackUser },
      trackers: makeTrackers(config.mirrors, Date.now),
      limitFor: (about) => timeLimit(config.escalation.acknowledgeWithin, about),
      reachable,
      configured: { pagerduty: pagerduty !== undefined },
      senderFor: connectChannels({ ...config.escalation, directMessages: threads }),
      threads,
    }

    const receiver = makeReceiver(slack, log)
    makeApp(deps, {
      receiver: receiver.bolt,
      clientOptions: clientOptions(slackSettings),
      logger: slackLogger(log),
      bot: { token: slack.botToken, ...bot },
      respond: (url, message) => delivery.respond(url, message),
    })
    await queue.work(handlers(deps), { concurrency: CONCURRENCY })
    const sweeper = keepSweeping(deps)
    closers.push(() => sweeper.stop(grace))
    const { webhookSecrets } = config.escalation
    let slackReady = (): boolean => true
    const listener = await startListener(
      config.http,
      httpRoutes({
        db,
        log,
        gate: deps.gate,
        slackReady: () => slackReady(),
        receive: receiver.http?.requestListener,
        pagerDuty:
          webhookSecrets.length > 0
            ? { ...deps, team: bot.team, secrets: webhookSecrets, now: Date.now }
            : undefined,
        clock: () => Date.now() / 1000,
      }),
      log,
    )
    closers.push(() => listener.close())
    if (receiver.socket) {
      const socket = await keepConnected(receiver.socket, log)
      slackReady = socket.ready
      closers.push(() => socket.stop())
    }
    log.info({ url: listener.url, team: bot.team, mode: slack.mode, store: db.kind }, 'the bot is up')
    return {
      url: listener.url,
      team: bot.team,
      stop: (graceMs = GRACE_MS) => {
        grace = graceMs
        return closeAll()
      },
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

interface Self {
  readonly team: string
  /** Bot id and the user that it is. */
  readonly id: string
  readonly user: string
}

/** One auth.test at the start: a wrong token is told now, in one sentence. */
async function whoAmI(client: WebClient, slack: SlackAccess): Promise<Self> {
  const said = await client.auth.test().catch((error: unknown) => {
    const { reason, detail } = readError(error).failure
    throw new Error(
      reason === 'refused'
        ? `Slack says ${detail} to the bot token. Look at SLACK_BOT_TOKEN (xoxb-…).`
        : `Slack cannot be reached at ${slack.apiUrl ?? SLACK_API}: ${detail}. Look at the network, and at \`slack.apiUrl\` in debvisor.yml.`,
    )
  })
  const { team_id: team, bot_id: id, user_id: user } = said
  if (!team || !id || !user) throw new Error('SLACK_BOT_TOKEN is not the token of a bot (xoxb-…).')
  const wanted = slack.team
  if (wanted && wanted !== team) {
    throw new Error(
      `The bot token belongs to workspace ${team}, but slack.team in the configuration is ${wanted}.`,
    )
  }
  return { team, id, user }
}

interface Receivers {
  readonly bolt: Receiver
  readonly socket?: SocketModeReceiver
  readonly http?: HTTPReceiver
}

function makeReceiver(slack: SlackAccess, log: Logger): Receivers {
  const logger = slackLogger(log)
  if (slack.mode === 'http') {
    const http = new HTTPReceiver({
      signingSecret: slack.signingSecret,
      endpoints: '/slack/events',
      logger,
      bodyLimit: LARGEST_BODY,
      customPropertiesExtractor: (request) => ({ signature: request.headers['x-slack-signature'] }),
    })
    return { bolt: http, http }
  }
  // The socket's client puts its token into headers, and what it is given would replace them.
  const { headers: _ours, ...withoutHeaders } = clientOptions({ apiUrl: slack.apiUrl ?? SLACK_API, log })
  const socket = new SocketModeReceiver({
    appToken: slack.appToken,
    logger,
    autoReconnectEnabled: false,
    installerOptions: { clientOptions: withoutHeaders },
  })
  return { bolt: socket, socket }
}

function handlers(deps: DiagnoseDeps & FixDeps & ChangeDeps & Doors): Handlers {
  return {
    diagnose: (job, { signal }) => diagnose(deps, job.runId, signal),
    escalate: (job) => escalate(deps, job.escalationId),
    redraw: (job) => deps.threads.draw(job.runId),
    mirror: (job) => mirror(deps, job.ticketId, job.target),
    fix: (job, { signal }) => applyFix(deps, job.fixId, signal),
    change: (job) => tellChange(deps, job.fixId),
    'fix-expiry': async (job) => {
      if (!(await expire(deps, job.fixId))) throw new Error('the time of an approval is not over yet')
    },
    gaveUp: async (job: Job) => {
      deps.log.error({ job }, 'a job was given up after its last try')
      if (job.kind === 'diagnose') await giveUp(deps, job.runId)
      if (job.kind === 'fix') await giveUpFix(deps, job.fixId)
      if (job.kind === 'escalate') await giveUpEscalation(deps, job.escalationId)
      if (job.kind === 'mirror') await mirrorLater(deps, job.ticketId, job.target)
    },
  }
}

const vocabulary = (runbooks: Runbooks, inventory: Inventory): Vocabulary => ({
  topicOf: (word) => runbooks.find(word)?.topic,
  topicWords: () => runbooks.names(),
  hasHost: (word) => inventory.hosts.has(word),
  hostNames: () => [...inventory.hosts.keys()],
  suggest,
})
