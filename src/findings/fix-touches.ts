/**
 * What a fix would do to a host beyond its commands, as the evidence of a run shows it. People decide by it, and what
 * they agreed to is compared with it right before the fix runs. Plain data: it is stored and printed as it stands.
 */
export interface FixTouches {
  /** Paths that get another owner or mode. Absent: the fix changes none. */
  readonly paths?: TouchedPaths
  /**
   * Others that would notice, each named in a clause that is the same from look to look: "the site wiki.example".
   * Null: that could not be seen. Absent: the fix concerns nothing else.
   */
  readonly others?: readonly string[] | null
}

export interface TouchedPaths {
  readonly count: number
  /** The first of them, at most `SHOWN_PATHS`. */
  readonly first: readonly string[]
  /** Before and afterwards: "root:root", "debvisor:debvisor". */
  readonly from: string
  readonly to: string
}

export const SHOWN_PATHS = 5

/**
 * Why what would be touched now is not what was shown, in one sentence. Undefined: it is the same, or so nearly that
 * nobody would decide otherwise.
 */
export function touchesOtherThan(shown: FixTouches, now: FixTouches): string | undefined {
  return otherPaths(shown.paths, now.paths) ?? moreOthers(shown.others, now.others)
}

function otherPaths(shown: TouchedPaths | undefined, now: TouchedPaths | undefined): string | undefined {
  if (!shown && !now) return undefined
  if (!shown || !now) return 'Which paths it would change is not what the form showed.'
  if (shown.from !== now.from || shown.to !== now.to)
    return `It would change ${ownersOf(now)} now, and the form showed ${ownersOf(shown)}.`
  return Math.abs(now.count - shown.count) > mayDrift(shown.count)
    ? `It would change ${pathsOf(now.count)} now, and the form showed ${shown.count}.`
    : undefined
}

const ownersOf = ({ from, to }: TouchedPaths): string => `${from} to ${to}`

const pathsOf = (count: number): string => (count === 1 ? '1 path' : `${count} paths`)

/** A folder in use gains and loses a file between two looks. */
const mayDrift = (count: number): number => Math.max(5, Math.floor(count / 10))

function moreOthers(shown: FixTouches['others'], now: FixTouches['others']): string | undefined {
  // Whoever was told that nobody can say has decided without it.
  if (!now || shown === null)
    return now === null && shown ? 'Whom else it concerns can no longer be seen.' : undefined
  const fresh = now.filter((other) => !shown?.includes(other))
  return fresh.length > 0 ? `It would concern more now than the form showed: ${fresh.join('; ')}.` : undefined
}

/** Longer lists are read by nobody who is about to decide. */
const SHOWN_OTHERS = 6

/** "Changes 12 paths from root:root to debvisor:debvisor" */
export const changedPaths = ({ count, from, to }: TouchedPaths): string =>
  `changes ${pathsOf(count)} from ${from} to ${to}`

/** "Also concerns: the site wiki.example; the database grafana". Empty: nothing else that was seen. */
export function concernedOthers({ others }: FixTouches): string {
  if (others === null) return 'Whom else it concerns could not be seen'
  if (!others || others.length === 0) return ''
  const more = others.length > SHOWN_OTHERS ? `; and ${others.length - SHOWN_OTHERS} more` : ''
  return `Also concerns: ${others.slice(0, SHOWN_OTHERS).join('; ')}${more}`
}
