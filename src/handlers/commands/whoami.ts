import { type PolicyAction, policyActions } from '../../access/policy.ts'
import type { Message } from '../../slack/message.ts'
import { type GroupRights, whoamiMessage } from '../../slack/messages/whoami.ts'
import type { Capabilities } from '../capabilities.ts'
import type { SlackRequest } from '../guard.ts'

type WhoamiCapabilities = Pick<Capabilities, 'hosts' | 'runbooks'>

/** What Slack says of the caller, and what they may do, by host group. */
export function whoami(bot: WhoamiCapabilities, request: SlackRequest): Message {
  const groups = [...(request.principal.groups ?? [])]
  return whoamiMessage({
    user: request.user,
    team: request.team,
    usergroups: groups.filter(([, member]) => member).map(([group]) => group),
    rights: rightsOf(bot, request),
  })
}

function rightsOf(
  { hosts: { inventory }, runbooks }: WhoamiCapabilities,
  request: SlackRequest,
): GroupRights[] {
  const { hosts, groups } = inventory
  const grouped = new Set([...groups.values()].flat())
  const alone = [...hosts.keys()].filter((name) => !grouped.has(name))
  const named = [...groups, ...(alone.length > 0 ? [['no group', alone] as const] : [])]
  const topics = [...runbooks.topics.keys()]
  return named.map(([group, members]) => {
    const extent = (action: PolicyAction): 'all' | 'some' | 'none' => {
      const allowed = members.flatMap((host) =>
        topics.map((topic) => request.may(action, { host, topic }).allowed),
      )
      if (allowed.every(Boolean)) return allowed.length > 0 ? 'all' : 'none'
      return allowed.some(Boolean) ? 'some' : 'none'
    }
    const extents = policyActions.map((action) => [action, extent(action)] as const)
    const which = (wanted: 'all' | 'some') =>
      extents.filter(([, e]) => e === wanted).map(([action]) => action)
    return { group, everywhere: which('all'), partly: which('some') }
  })
}
