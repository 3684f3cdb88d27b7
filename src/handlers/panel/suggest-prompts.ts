import { openAboveTickets } from '../../escalation/escalation-store.ts'
import { ticketPlaces } from '../../escalation/tickets/ticket-store.ts'
import { fixesToApprove } from '../../fixes/fix-store.ts'
import { runsOfAsker } from '../../runs/history/runs-of-asker.ts'
import type { Run } from '../../runs/run.ts'
import { runsById } from '../../runs/run-store.ts'
import { promptsFor } from '../../slack/messages/prompts.ts'
import type { Capabilities } from '../capabilities.ts'
import { type Caller, guard, type SlackRequest } from '../guard.ts'
import { promptsEntry } from '../routes.ts'

/** More than are suggested; rights leave some out. */
const READ = 20

/** Suggests to whoever opens the panel what is open for them, by their rights. Who may not read is suggested nothing. */
export async function suggestPrompts(bot: Capabilities, caller: Caller): Promise<void> {
  await guard(bot, promptsEntry, caller, async (request) => {
    const prompts = promptsFor(await readOpen(bot, request))
    const sent = await bot.slack.delivery.suggestPrompts(caller.channel, prompts)
    if (!sent.ok) bot.log.info({ detail: sent.detail }, 'Slack did not take suggested prompts')
    return undefined
  })
}

async function readOpen({ store, pagerApi }: Capabilities, request: SlackRequest) {
  const { team, user } = request
  const mayRead = ({ host, topic }: Pick<Run, 'host' | 'topic'>): boolean =>
    request.may('read', { host, topic }).allowed
  const [fixes, escalations, own, tickets] = await Promise.all([
    fixesToApprove(store, team, user, READ),
    openAboveTickets(store, team, READ),
    runsOfAsker(store, team, user, READ),
    ticketPlaces(store, { team, filter: 'mine', user }),
  ])
  const approvable = fixes.filter(({ host, topic }) => request.may('approve', { host, topic }).allowed)
  const ids = [...approvable, ...escalations].filter(mayRead).map(({ runId }) => runId)
  const runs = new Map((await runsById(store, ids)).map((run) => [run.id, run]))
  const runOf = ({ runId }: { readonly runId: string }): Run[] => {
    const run = runs.get(runId)
    return run ? [run] : []
  }
  return {
    fixes: approvable.flatMap((fix) => runOf(fix).map((run) => ({ fix, run }))),
    escalated: escalations.flatMap(runOf),
    own: own.filter(mayRead),
    tickets: tickets.filter(mayRead).length,
    knowsOnCall: pagerApi !== undefined,
  }
}
