import type { Hop } from '../../ssh/outcome.ts'
import { columns } from '../output/print.ts'
import { refuse } from '../output/refusals.ts'
import { exitCodes, type Terminal } from '../output/terminal.ts'
import { type Options, readHosts } from '../read-hosts.ts'

export function hostsCommand(term: Terminal, env: NodeJS.ProcessEnv, options: Options): number {
  const ready = readHosts(env, options, [])
  if (!ready.ok) return refuse(term, ready.sentences)
  const rows = [...ready.inventory.hosts.values()].map((host) => [
    host.name,
    host.route.kind === 'local' ? 'this machine' : host.route.hops.map(at).join(' → '),
    [...host.groups, ...(host.production ? ['(production)'] : [])].join(' '),
  ])
  for (const line of columns(rows)) term.out(line)
  return exitCodes.healthy
}

const at = (hop: Hop): string => `${hop.user}@${hop.address}${hop.port === 22 ? '' : `:${hop.port}`}`
