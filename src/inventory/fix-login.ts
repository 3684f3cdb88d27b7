import { statSync } from 'node:fs'
import type { FixRoute } from '../ssh/fix-connect.ts'
import type { Hop, Route } from '../ssh/outcome.ts'
import type { HostEntry, HostProblem } from './read-host.ts'

/** What tells one file from another, whatever it is called. A link counts as its target. Opens nothing. */
export function fileIdentity(path: string): string {
  try {
    const { dev, ino } = statSync(path)
    return `${dev}:${ino}`
  } catch {
    return path
  }
}

/** `undefined`: fixes are not configured for this host. Jump hosts are entered as they are for a diagnosis. */
export function fixRouteOf(host: HostEntry, route: Route): FixRoute | undefined {
  if (route.kind === 'local' || host.hop === 'local' || !host.fix) return undefined
  const target = { ...host.hop, ...host.fix }
  return { kind: 'fix', via: route.hops.slice(0, -1), target, diagnosisKeyFile: host.hop.keyFile }
}

/**
 * S14: fixes take another login, and a key that no diagnosis uses. A diagnosis that could log in as a fix does would
 * need no approval.
 */
export function sharedCredentials(
  hosts: readonly HostEntry[],
  identity: (path: string) => string,
): { readonly host: HostEntry; readonly problem: HostProblem }[] {
  const hops = hosts.flatMap(({ hop }) => (hop === 'local' ? [] : [hop]))
  const keys = new Map(hops.flatMap((hop) => (hop.keyFile ? [[identity(hop.keyFile), hop] as const] : [])))
  return hosts.flatMap((host) => {
    if (!host.fix || host.hop === 'local') return []
    const message = mistake(host.fix, host.hop, keys.get(identity(host.fix.keyFile)))
    return message ? [{ host, problem: { at: host.fix.at, message } }] : []
  })
}

function mistake(
  fix: { readonly user: string; readonly keyFile: string },
  hop: Hop,
  sharing: Hop | undefined,
): string | undefined {
  if (sharing)
    return `${fix.keyFile} is the key for fixes and for diagnoses (of ${sharing.name}); fixes need a key of their own`
  if (fix.user === hop.user)
    return `\`${fix.user}\` is the login for fixes and for diagnoses; fixes need a login of their own`
  return undefined
}
