import { type FleetRow, fleetRows } from '../../../fleet/fleet-table.ts'
import { outcomesOf } from '../../../fleet/runs/fleet-run.ts'
import { midSentence } from '../../../text/mid-sentence.ts'
import { oneLine } from '../../../text/shorten.ts'
import { type Message, makeMessage } from '../../message.ts'
import { bold, lines, mention, mentionText, text } from '../rich-text.ts'
import {
  aboutFleet,
  cancelledWord,
  type FleetView,
  fleetMark,
  isOpenRow,
  listedHosts,
  standingSentence,
} from './fleet-view.ts'

/**
 * At the end, for whoever asked: posted once, so that it notifies, in words that stand alone on a lock screen. Null:
 * they ended it themselves.
 */
export function fleetEnd(view: FleetView): Message | null {
  const { fleet } = view
  if (!fleet.endedAt || fleet.cancelledBy === fleet.user) return null
  const outcomes = outcomesOf(view.hosts)
  const said = `${aboutFleet(fleet)}: ${cancelledWord(view)}${standingSentence(outcomes)}`
  const worst = worstWords(fleetRows(outcomes).filter(isOpenRow))
  const message = makeMessage(`${said}${worst === '' ? '' : `; ${worst}`}`, [
    lines([...mention(fleet.user), ...text(' '), ...bold(`${fleetMark(view)} ${said}`)], text(worst)),
  ])
  return { ...message, text: `${mentionText(fleet.user)} ${message.text}` }
}

/** "web2, web4: PostgreSQL refuses DebVisor", of the worst and all that say the same. */
function worstWords(open: readonly FleetRow[]): string {
  const [first] = open
  if (!first) return ''
  const same = open.filter(({ said }) => said === first.said).map(({ host }) => host)
  return `${listedHosts(same, 3)}: ${midSentence(oneLine(first.said, 160))}`
}
