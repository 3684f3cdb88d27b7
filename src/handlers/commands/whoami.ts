import { type PolicyAction, policyActions } from '../../access/policy.ts'
import type { Runbooks } from '../../engine/load.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import type { Message } from '../../slack/message.ts'
import { type GroupRights, whoamiMessage } from '../../slack/messages/whoami.ts'
import type { Ask } from '../guard.ts'

interface WhoamiDeps {
  readonly inventory: Inventory
  readonly runbooks: Runbooks
}

/** What Slack says of the caller, and what they may do, by host group. */
export function whoami(deps: WhoamiDeps, ask: Ask): Message {
  const groups = [...(ask.principal.groups ?? [])]
  return whoamiMessage({
    user: ask.user,
    team: ask.team,
    usergroups: groups.filter(([, member]) => member).map(([group]) => group),
    rights: rightsOf(deps, ask),
  })
}

function rightsOf({ inventory, runbooks }: WhoamiDeps, ask: Ask): GroupRights[] {
  const { hosts, groups } = inventory
  const grouped = new Set([...groups.values()].flat())
  const alone = [...hosts.keys()].filter((name) => !grouped.has(name))
  const named = [...groups, ...(alone.length > 0 ? [['no group', alone] as const] : [])]
  const topics = [...runbooks.topics.keys()]
  return named.map(([group, members]) => {
    const extent = (action: PolicyAction): 'all' | 'some' | 'none' => {
      const allowed = members.flatMap((host) =>
        topics.map((topic) => ask.may(action, { host, topic }).allowed),
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
