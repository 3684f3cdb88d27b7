import type { PlainTextOption } from '@slack/types'
import { recentHosts } from '../../runs/history/recent-hosts.ts'
import { LIMITS } from '../../slack/limits.ts'
import { hostOptions } from '../../slack/messages/diagnose-form.ts'
import type { Capabilities } from '../capabilities.ts'
import type { SlackRequest } from '../guard.ts'

/**
 * The hosts with what was typed in their names that the caller may diagnose: those of the message that the form was
 * opened from, those that the caller asked about last, names that begin so, all others.
 */
export async function suggestHosts(
  { store, hosts: { inventory } }: Pick<Capabilities, 'store' | 'hosts'>,
  request: Pick<SlackRequest, 'team' | 'user' | 'may'>,
  typed: string,
  found: readonly string[],
): Promise<PlainTextOption[]> {
  const part = typed.trim().toLowerCase()
  const has = (host: string) => host.toLowerCase().includes(part)
  const matching = [...inventory.hosts.keys()].filter(has)
  const first = [...found, ...(await recentHosts(store, request.team, request.user))].filter(
    (host) => inventory.hosts.has(host) && has(host),
  )
  const begin = matching.filter((host) => host.toLowerCase().startsWith(part))
  const allowed: string[] = []
  for (const host of new Set([...first, ...begin, ...matching])) {
    if (allowed.length === LIMITS.options) break
    if (request.may('diagnose', { host }).allowed) allowed.push(host)
  }
  return hostOptions(allowed)
}
