/** What was touched on a host before it was looked at. It stands beside the cause and decides nothing. */
export interface Changed {
  readonly since: Since
  /** The most related to what is wrong first, else the newest; the probe keeps the newest of each kind. */
  readonly items: readonly Change[]
  /** How many of them, from the first on, have to do with what is wrong. Absent: nobody asked, and the newest is first. */
  readonly related?: number
}

/**
 * `healthy-run`: the last run of this topic on this host that found nothing. `day`: there is none, or it is too long
 * ago.
 */
export interface Since {
  readonly kind: 'healthy-run' | 'day'
  /** How far back that is, from the beginning of the run. */
  readonly seconds: number
}

export interface Change {
  readonly kind: 'file' | 'package' | 'unit'
  /** A path; a package with its version; a unit with what became of it. */
  readonly name: string
  /** Local time of the host: "13:58", with the date where it is not today's. */
  readonly at: string
  /** Seconds. */
  readonly age: number
}

/**
 * "Changed since the last healthy run (2 h ago): /etc/nginx/nginx.conf 13:58, package nginx 1.22.1-9 13:40 and 3 more"
 */
export function changedLine({ since, items }: Pick<Changed, 'since' | 'items'>, most = 4): string {
  const left = items.length - most
  const more = left > 0 ? ` and ${left} more` : ''
  return `${changedTitle(since)}: ${items.slice(0, most).map(changeText).join(', ')}${more}`
}

export const changedTitle = ({ kind, seconds }: Since): string =>
  kind === 'day' ? 'Changed in the last day' : `Changed since the last healthy run (${duration(seconds)} ago)`

/** A path speaks for itself. */
export const changeText = ({ kind, name, at }: Change): string =>
  `${kind === 'file' ? name : `${kind} ${name}`} ${at}`

/** "40 s", "12 min", "2 h", "3 days": the largest unit of which there are two, or the smallest. */
export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`
  return `${Math.round(seconds / 86_400)} days`
}
