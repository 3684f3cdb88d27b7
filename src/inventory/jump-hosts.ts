import type { Hop, Route } from '../ssh/outcome.ts'
import type { HostEntry, HostProblem } from './read-host.ts'
import { suggest } from './suggest.ts'

/** Jump hosts first, the host last; each hop by its own variables. A jump host may have a jump host. */
export function routeOf(host: HostEntry, hosts: ReadonlyMap<string, HostEntry>): Route | HostProblem {
  if (host.hop === 'local') return { kind: 'local' }
  const hops: Hop[] = [host.hop]
  const passed = [host.name]
  let current = host
  while (current.via) {
    const { value } = current.via
    const at = current.via
    const next = typeof value === 'string' ? hosts.get(value) : undefined
    if (!next) return { at, message: unknownJumpHost(value, hosts) }
    if (passed.includes(next.name))
      return {
        at,
        message: `\`jump_host\` goes in a circle: ${[...passed, next.name].join(' → ')}; ${WAY_OUT}`,
      }
    if (next.hop === 'local')
      return {
        at,
        message: `\`jump_host\` names \`${next.name}\`, which is this machine itself; take it out`,
      }
    hops.unshift(next.hop)
    passed.push(next.name)
    current = next
  }
  return { kind: 'ssh', hops }
}

const WAY_OUT = 'set `jump_host: null` on the host that is reached directly'

function unknownJumpHost(value: unknown, hosts: ReadonlyMap<string, HostEntry>): string {
  if (typeof value !== 'string') return '`jump_host` is the name of a host of this inventory'
  const [near] = suggest(value, hosts.keys())
  const hint = near ? `did you mean \`${near}\`?` : 'add it, so that its host key can be checked too'
  return `\`jump_host\` names \`${value.slice(0, 80)}\`, which is no host of this inventory; ${hint}`
}
