import type { Unknown } from '../../findings/finding.ts'
import type { Check } from './check.ts'

/** A line for each thing that is missing, with all probes that lack it. */
export function lackChecks(lacking: readonly Unknown[], host: string): Check[] {
  const groups = new Map<string, Unknown[]>()
  for (const lack of lacking) {
    const thing = missingThing(lack)
    groups.set(thing, [...(groups.get(thing) ?? []), lack])
  }
  return [...groups].map(([thing, lacks]) => ({
    what: lacks.map(({ probe }) => probe).join(', '),
    state: 'warn',
    said: reasonsOf(lacks),
    remedy: remedyOf(thing, lacks, host),
  }))
}

const SUDO = 'sudo'
const GROUPS = 'groups'

/** A right of sudo, the login's groups; of what no right would help, why it fails; else what mends it. */
function missingThing({ remedy, reason }: Unknown): string {
  if (remedy.startsWith('add with visudo: ')) return SUDO
  if (/^usermod -aG \S+ \S+$/.test(remedy)) return GROUPS
  return /^run it by hand\b/.test(remedy) ? reason.slice(0, 200) : remedy
}

function reasonsOf(lacks: readonly Unknown[]): string {
  const [first, ...others] = new Set(lacks.map(({ reason }) => reason))
  return others.length === 0 ? (first ?? '') : `${first}; ${others.length} more like it`
}

function remedyOf(thing: string, lacks: readonly Unknown[], host: string): string {
  const remedies = [...new Set(lacks.map(({ remedy }) => remedy))]
  const [first = ''] = remedies
  if (remedies.length === 1) return first
  if (thing === SUDO) return `install what \`debvisor sudoers ${host}\` prints`
  if (thing !== GROUPS) return `${first} (and ${remedies.length - 1} more, each by its own command)`
  const groups = new Set(remedies.flatMap((remedy) => remedy.split(' ')[2]?.split(',') ?? []))
  return `usermod -aG ${[...groups].sort().join(',')} ${first.split(' ')[3] ?? ''}`
}
