import { type Choice, triage } from '../engine/triage.ts'
import type { Capabilities } from './capabilities.ts'
import type { SlackRequest } from './guard.ts'

/**
 * Chooses among the topics that the caller may diagnose on that host, or on all of these. If there is none, the refusal of one of them says
 * why. Undefined: there is no runbook.
 */
export function chooseTopic(
  { runbooks }: Pick<Capabilities, 'runbooks'>,
  request: Pick<SlackRequest, 'may'>,
  host: string | readonly string[],
  said: string,
): Choice | undefined {
  const all = [...runbooks.topics.values()]
  const hosts = typeof host === 'string' ? [host] : host
  const allowed = all.filter(({ topic }) =>
    hosts.every((each) => request.may('diagnose', { host: each, topic }).allowed),
  )
  return triage(allowed.length > 0 ? allowed : all, said)
}
