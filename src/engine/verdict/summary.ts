import type { Finding, VerdictWord } from '../../findings/finding.ts'
import type { UnexplainedError } from '../../findings/unexplained-error.ts'
import { midSentence } from '../../text/mid-sentence.ts'
import { clip } from '../../text/shorten.ts'
import { changeOf } from '../suspects/suspect-findings.ts'
import type { Suspect } from '../suspects/suspects.ts'
import type { Placed } from './causes.ts'

export interface Told {
  readonly placed: Placed
  readonly finding: Finding
}

/** What a judgement comes to, before it is put into one line. */
export interface Conclusion {
  readonly verdict: VerdictWord
  readonly told: readonly Told[]
  /** How many causes cannot be. */
  readonly ruledOut: number
  /** Titles of the probes that left it open. */
  readonly unseen: readonly string[]
  /** What keeps failing in the platform's log, which no rule knows. */
  readonly failed: Finding | undefined
  /** An error that goes on and that nothing explains. */
  readonly doubt: UnexplainedError | undefined
  /** The likeliest first. */
  readonly suspects: readonly Suspect[]
}

/** The headline without topic and host. `about`: Runbook.about. */
export function summaryOf(conclusion: Conclusion, about: readonly string[]): string {
  const strong = conclusion.suspects.find(({ isStrong }) => isStrong)
  const said = trouble(conclusion, about)
  return strong ? `${said}; suspect: ${changeOf(strong.difference)}` : said
}

function trouble(conclusion: Conclusion, about: readonly string[]): string {
  const { verdict, told, failed, ruledOut, unseen, doubt } = conclusion
  if (verdict === 'problem') return headline(told, about, failed)
  if (doubt) return `${doubt.of} keeps logging an error that nothing here explains: ${clip(doubt.said, 120)}`
  if (verdict === 'inconclusive') return `could not look at ${someOf(unseen)}`
  const rest = unseen.length > 0 ? `, could not look at ${someOf(unseen)}` : ''
  return `nothing wrong found: ${ruledOut} ${ruledOut === 1 ? 'cause' : 'causes'} ruled out${rest}`
}

/**
 * "PostgreSQL is down because its disk is full": what the asker came with, then why. He came with what the topic is
 * about; else with what was written nearest to the topic's own file; else with what is furthest from the cause.
 */
function headline(told: readonly Told[], about: readonly string[], failed: Finding | undefined): string {
  const first = told.find(({ finding }) => finding.role === 'cause')
  if (failed && (!first || first.finding.symptom)) {
    return first ? `${first.finding.title}; ${failed.title}` : failed.title
  }
  if (!first) return ''
  const asked = ({ finding }: Told) => about.includes(finding.id.split('.')[0] ?? '')
  const under = told.filter(
    ({ placed }) => placed.role === 'consequence' && placed.cause === first.placed.cause,
  )
  const meant = under.filter(asked)
  const top = (meant.length > 0 ? meant : under).sort(nearestToTheTopic)[0]
  const enough = meant.length === 0 && asked(first)
  if (!top || enough || first.finding.because === undefined) return first.finding.title
  return `${top.finding.title} because ${first.finding.because}`
}

const nearestToTheTopic = (a: Told, b: Told): number =>
  a.placed.decision.rule.distance - b.placed.decision.rule.distance || b.placed.depth - a.placed.depth

function someOf(titles: readonly string[]): string {
  const shown = titles.slice(0, 3).map(midSentence).join(', ')
  return titles.length > 3 ? `${shown} and ${titles.length - 3} more` : shown
}
