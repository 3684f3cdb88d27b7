import { factsOf, type Snapshot, type Unseen } from '../../snapshots/snapshot.ts'
import type { Check } from './check.ts'

/** What the login may not see of what a snapshot keeps: in trouble, nothing would be said of it. A line for each right. */
export function snapshotChecks(
  snapshots: readonly Snapshot[],
  { host, login }: { readonly host: string; readonly login: string },
): Check[] {
  const silent = snapshots.flatMap(({ asked = {}, answers }) =>
    Object.keys(asked).filter((probe) => answers[probe] === undefined),
  )
  const unseen = snapshots.flatMap((snapshot) => [...factsOf(snapshot).unseen])
  const checks = RIGHTS.flatMap(({ isLacking, remedy }): Check[] => {
    const lacking = unseen.filter(isLacking)
    const said = [...new Set(lacking.map(nameOf))]
    if (said.length === 0) return []
    return [
      { what: 'snapshot', state: 'warn', said: listed(said), remedy: remedy.replaceAll('${login}', login) },
    ]
  })
  if (silent.length === 0) return checks
  const remedy = `see what \`debvisor snapshot ${host} --out FILE\` says`
  return [{ what: 'snapshot', state: 'warn', said: `no answer from ${silent.join(', ')}`, remedy }, ...checks]
}

/** What else is unseen is so for every login: too much, or not installed. */
const RIGHTS: readonly { readonly remedy: string; isLacking(unseen: Unseen): boolean }[] = [
  {
    isLacking: ({ area, why }) => /^(?:file|line|limit|process)$/.test(area) && /permission denied/.test(why),
    remedy:
      'setfacl -m u:${login}:r FILE (u:${login}:x on its folders) for what is to be compared; leave closed what is secret',
  },
  {
    isLacking: ({ area, why }) => area === 'setting' && why === 'not for this login',
    remedy: 'In psql: grant pg_monitor to "${login}"',
  },
  {
    isLacking: ({ area, why }) => area === 'hba' && why === 'not for this login',
    remedy:
      'In psql: grant select on pg_hba_file_rules to "${login}"; grant execute on function pg_hba_file_rules() to "${login}"',
  },
  {
    isLacking: ({ area, why }) =>
      area === 'database' &&
      /role ".*" does not exist|authentication failed|no pg_hba|permission denied/.test(why),
    remedy: 'In psql: create role "${login}" login; grant pg_monitor to "${login}"',
  },
]

/** An area alone, where nothing of it was seen. */
const nameOf = ({ area, prefix, why }: Unseen): string => `${prefix === '' ? area : prefix} (${why})`

const MOST = 3

const listed = (names: readonly string[]): string =>
  `not compared: ${names.slice(0, MOST).join(', ')}${names.length > MOST ? ` and ${names.length - MOST} more` : ''}`
