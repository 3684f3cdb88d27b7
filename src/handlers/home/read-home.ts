import { isOpen } from '../../escalation/escalation.ts'
import { openAboveTickets } from '../../escalation/escalation-store.ts'
import { withinTime, withSlackDeadline } from '../../escalation/slack-within-deadline.ts'
import { ticketPlaces, ticketsNumbered } from '../../escalation/tickets/ticket-store.ts'
import { fixesToApprove } from '../../fixes/fix-store.ts'
import { runsOfAsker } from '../../runs/history/runs-of-asker.ts'
import { threadUrl } from '../../runs/load-bundle.ts'
import type { Run } from '../../runs/run.ts'
import { getRun } from '../../runs/run-store.ts'
import type { HomeRun, HomeView, Listed } from '../../slack/messages/home/home-view.ts'
import { messageOf } from '../../store/posted-messages.ts'
import { escalationView } from '../../threads/views/escalation-view.ts'
import type { Capabilities } from '../capabilities.ts'
import type { SlackRequest } from '../guard.ts'
import { homeRun, type Sources } from './home-run.ts'
import { readHosts } from './read-hosts.ts'

export type HomeCapabilities = Pick<Capabilities, 'store' | 'slack' | 'hosts' | 'runbooks' | 'pagerApi'>

/** As much as is read on a telephone. A fix is shown with its commands, so it is long. */
const SHOWN = { fixes: 3, escalations: 5, tickets: 5, runs: 5 } as const
/** Rights are asked of so many rows; what is left out then is in `/debvisor status` and `tickets`. */
const READ = 200
/** For all links together, and for the pager: the tab is empty until it is drawn. */
const LINKS_MS = 1_000
const ON_CALL_MS = 1_500

const LATE = {
  ok: false,
  reason: 'PagerDuty did not answer in time: `/debvisor oncall` asks again.',
} as const

/** All that the Home tab shows its reader, by their rights. */
export async function readHome(bot: HomeCapabilities, request: SlackRequest): Promise<HomeView> {
  const sources = { store: bot.store, slack: withSlackDeadline(bot.slack, LINKS_MS) }
  const onCall = bot.pagerApi && withinTime(ON_CALL_MS)(bot.pagerApi.onCall(), LATE)
  const [fixes, escalations, hosts, tickets, runs] = await Promise.all([
    readFixes(bot, request),
    readEscalations(sources, request),
    readHosts({ ...bot, ...sources }, request),
    readTickets(sources, request),
    readRuns(sources, request),
  ])
  return { at: new Date(), fixes, escalations, hosts, tickets, runs, onCall: await onCall }
}

const listed = <T>(all: readonly T[], most: number): Listed<T> => ({
  shown: all.slice(0, most),
  more: Math.max(0, all.length - most),
})

const mayOn =
  (request: SlackRequest, action: 'read' | 'approve' | 'escalate' | 'page') =>
  ({ host, topic }: Pick<Run, 'host' | 'topic'>): boolean =>
    request.may(action, { host, topic }).allowed

async function readFixes({ store }: HomeCapabilities, request: SlackRequest): Promise<HomeView['fixes']> {
  const waiting = await fixesToApprove(store, request.team, request.user, READ)
  return listed(waiting.filter(mayOn(request, 'read')).filter(mayOn(request, 'approve')), SHOWN.fixes)
}

async function readEscalations(sources: Sources, request: SlackRequest): Promise<HomeView['escalations']> {
  const open = (await openAboveTickets(sources.store, request.team, READ)).filter(isOpen)
  const { shown, more } = listed(open.filter(mayOn(request, 'read')), SHOWN.escalations)
  const drawn = shown.map(async (escalation) => {
    const { id, host, topic, runId, level } = escalation
    const run = await getRun(sources.store, runId)
    const isTheirs = mayOn(request, level === 3 ? 'page' : 'escalate')({ host, topic })
    const url = run ? await threadUrl(sources, run) : undefined
    return { id, host, topic, escalation: escalationView(escalation), isTheirs, url }
  })
  return { shown: await Promise.all(drawn), more }
}

async function readTickets({ store, slack }: Sources, request: SlackRequest): Promise<HomeView['tickets']> {
  const { team, user } = request
  const mine = (await ticketPlaces(store, { team, filter: 'mine', user })).filter(mayOn(request, 'read'))
  const { shown, more } = listed(mine, SHOWN.tickets)
  const numbers = shown.map(({ number }) => number)
  const tickets = (await ticketsNumbered(store, team, numbers)).map(async (ticket) => {
    const posted = await messageOf(store, ticket.runId, `ticket:${ticket.id}`)
    const url = posted?.ts ? await slack.delivery.permalink(posted.channel, posted.ts) : undefined
    return { ticket, url }
  })
  return { shown: await Promise.all(tickets), more }
}

async function readRuns(sources: Sources, request: SlackRequest): Promise<readonly HomeRun[]> {
  const all = await runsOfAsker(sources.store, request.team, request.user, 4 * SHOWN.runs)
  const readable = all.filter(mayOn(request, 'read')).slice(0, SHOWN.runs)
  return Promise.all(readable.map((run) => homeRun(sources, run)))
}
