import type { Difference } from '../../findings/difference.ts'
import type { Finding } from '../../findings/finding.ts'
import type { UnexplainedError } from '../../findings/unexplained-error.ts'

/** What a request of the platform passes, from the user to what all stands on. */
const WAY = ['nginx', 'DebVisor', 'PostgreSQL', 'the host'] as const
export type Component = (typeof WAY)[number]

/** `one` lies further along the way of a request than `other`. */
export const isBehind = (one: Component, other: Component): boolean => WAY.indexOf(one) > WAY.indexOf(other)

/** By the first part of a finding's id. Socket.IO runs in DebVisor, and a slow answer may come from anywhere. */
const OF_FINDING: Readonly<Record<string, readonly Component[]>> = {
  nginx: ['nginx'],
  front: ['nginx'],
  websocket: ['nginx', 'DebVisor'],
  socketio: ['nginx', 'DebVisor'],
  debvisor: ['DebVisor'],
  postgresql: ['PostgreSQL'],
  performance: ['DebVisor', 'the host'],
  host: ['the host'],
}

/** What has the trouble: the findings that are not explained, and whose log has errors that nothing explains. */
export function componentsOfTrouble(
  findings: readonly Finding[],
  unexplained: readonly UnexplainedError[],
): Set<Component> {
  const causes = findings.filter(({ role }) => role === 'cause')
  return new Set([
    ...causes.flatMap(({ id }) => OF_FINDING[id.split('.')[0] ?? ''] ?? []),
    ...WAY.filter((one) => unexplained.some(({ of }) => of === one)),
  ])
}

/** Facts of these areas come from PostgreSQL itself. */
const OF_POSTGRESQL = new Set(
  'setting role database schema extension table column index constraint trigger policy function sequence rule grant hba publication subscription'.split(
    ' ',
  ),
)

const NAMES: readonly (readonly [RegExp, Component])[] = [
  [/nginx/i, 'nginx'],
  [/postgres|pgbouncer|\bpg_|libpq/i, 'PostgreSQL'],
  [/debvisor|\/(?:opt|srv)\/|python|(?<![\w-])node(?:js)?(?![\w-])|redis/i, 'DebVisor'],
]

/** By what prints it, then by its name. */
export function componentOfDifference({ area, object }: Difference): Component {
  if (OF_POSTGRESQL.has(area) || area.startsWith('role ')) return 'PostgreSQL'
  return NAMES.find(([name]) => name.test(object))?.[1] ?? 'the host'
}

/** Packages for people alone: nothing that runs reads them. */
const FOR_PEOPLE =
  /^(?:x?fonts-|ttf-|manpages|task-|(?:vim|nano|emacs|tmux|screen|less|tree|htop|ncdu|jq|git|mc|zsh|fish|bash-completion)(?:-|$))|-(?:doc|docs|themes?|icons?|locales?)$/

export const isForPeople = ({ area, object }: Difference): boolean =>
  area === 'package' && FOR_PEOPLE.test(object)
