import { keepAnswers } from './answers.ts'
import {
  type Earlier,
  END,
  factsOf,
  isOfAnotherHost,
  readEarlier,
  type Snapshot,
  UNSEEN,
} from './snapshot.ts'

/**
 * A healthy look with what only the look before could read, as that one had it: a database that cannot be asked for a
 * while is not forgotten. `oldest`: what was read before that moment (seconds since 1970) is not kept any longer.
 */
export function keepUnread(asked: Snapshot, before: Snapshot | undefined, oldest: number): Snapshot {
  if (!before || isOfAnotherHost(identified(before), identified(asked))) return asked
  const look = keepAnswers(asked, before, oldest)
  const kept = Object.keys(before.answers)
    .filter((probe) => look.asked?.[probe] === before.asked?.[probe])
    .map((probe) => ({ probe, ...keptOf(probe, { look, before, oldest }) }))
    .filter(({ earlier }) => earlier.length > 0)
  if (kept.length === 0) return look
  return {
    ...look,
    answers: { ...look.answers, ...Object.fromEntries(kept.map(({ probe, lines }) => [probe, lines])) },
    earlier: kept.flatMap(({ earlier }) => earlier),
  }
}

const identified = (snapshot: Snapshot) => ({ ...snapshot, facts: factsOf(snapshot) })

interface Looks {
  readonly look: Snapshot
  readonly before: Snapshot
  readonly oldest: number
}

interface Kept {
  readonly lines: readonly string[]
  /** Empty: nothing is kept. */
  readonly earlier: readonly Earlier[]
}

const NOTHING: Kept = { lines: [], earlier: [] }

function keptOf(probe: string, { look, before, oldest }: Looks): Kept {
  const [now = [], was = []] = [look.answers[probe], before.answers[probe]]
  const timeOf = (area: string): number => readEarlier(before, probe, area) ?? before.at
  if (!isWhole(was)) return NOTHING
  if (!isWhole(now)) return timeOf('') < oldest ? NOTHING : allOf(probe, { look, before, oldest })
  const areas = unreadAreas(now).filter((area) => !unreadAreas(was).includes(area) && timeOf(area) >= oldest)
  const isKept = (line: string): boolean => areas.includes(areaOf(line))
  return {
    lines: [
      ...now.filter((line) => !isKept(line) && !isEnd(line)),
      ...was.filter(isKept),
      ...now.filter(isEnd),
    ],
    earlier: areas.map((area) => ({ at: timeOf(area), probe, area })),
  }
}

/** The whole answer, without areas that are too old by now: of those nothing is known. */
function allOf(probe: string, { before, oldest }: Looks): Kept {
  const own = (before.earlier ?? []).filter((one) => one.probe === probe)
  const gone = own.flatMap(({ at, area }) => (at < oldest && area !== undefined ? [area] : []))
  const lines = before.answers[probe] ?? []
  const left = lines.filter((line) => !gone.includes(areaOf(line)) && !isEnd(line))
  const unseen = gone.map((area) => `${UNSEEN}\t${area}\t\t\t: not read for long`)
  const since = own.find(({ area }) => area === undefined)
  return {
    lines: [...left, ...unseen, ...lines.filter(isEnd)],
    earlier: [
      ...own.filter(({ at, area }) => at >= oldest && area !== undefined),
      since ?? { at: before.at, probe },
    ],
  }
}

const columns = (line: string): string[] => line.split('\t')
const isEnd = (line: string): boolean => columns(line)[0] === END
const isWhole = (lines: readonly string[]): boolean => lines.some(isEnd)

/** Of a fact its own, and of what is unseen that which it would be in. */
function areaOf(line: string): string {
  const [area = '', key = ''] = columns(line)
  return area === UNSEEN ? key : area
}

/** Those of which nothing was seen at all: `unseen`, the area, and no prefix before the reason. */
function unreadAreas(lines: readonly string[]): string[] {
  const seen = new Set(lines.map((line) => columns(line)[0]))
  const unread = lines.map(columns).filter(([area, , , , why]) => area === UNSEEN && why?.startsWith(': '))
  return [...new Set(unread.map(([, area = '']) => area))].filter((area) => !seen.has(area))
}
