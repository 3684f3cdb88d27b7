import type { HeaderBlock, HomeView as HomeTab, RichTextElement } from '@slack/types'
import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { LIMITS } from '../../limits.ts'
import type { Message } from '../../message.ts'
import { actionIds, button } from '../action-ids.ts'
import { fixMessage } from '../fix/fix-message.ts'
import { turnLine } from '../oncall.ts'
import { bold, bullets, inline, lines, moment, paragraph, rich, text } from '../rich-text.ts'
import { counted, headline, mark } from '../run/run-view.ts'
import { solvedHeadline } from '../run/solved.ts'
import { listLine } from '../ticket/ticket-list.ts'
import { escalationBlocks } from './home-escalations.ts'
import { hostBlocks } from './home-hosts.ts'
import type { HomeView, Listed } from './home-view.ts'
import { threadLink } from './thread-link.ts'

/** In the place of a host: none is chosen yet. No host has this name. */
export const ANY_HOST = '*'

/**
 * The Home tab: what waits for its reader first, then what is known of hosts, then what is theirs. `notice`: what a
 * click in it was answered with.
 */
export function homeTab(view: HomeView, notice?: Message): HomeTab {
  return fitted([
    ...(notice ? [...notice.blocks, { type: 'divider' } as const] : []),
    lines(bold(summary(view))),
    {
      type: 'actions',
      elements: [{ ...button(actionIds.openForm, 'Diagnose a host', ANY_HOST), style: 'primary' }],
    },
    ...titled('Waits for your approval', fixBlocks(view)),
    ...titled('Open escalations', escalationBlocks(view.escalations)),
    ...titled('Hosts', hostBlocks(view.hosts)),
    ...titled('Your tickets', ticketBlocks(view)),
    ...titled('Your latest runs', runBlocks(view)),
    ...titled('On call now', onCallBlocks(view)),
    paragraph(
      ...text('Drawn '),
      ...moment(view.at),
      ...inline('. Open this tab again for the newest. `/debvisor help` lists the commands.'),
    ),
  ])
}

/** For whoever may see nothing else: one sentence. */
export const sentenceTab = ({ blocks }: Message): HomeTab => fitted(blocks)

/** "1 fix waits for your approval · 2 escalations are open · 1 host is not healthy" */
function summary({ fixes, escalations, hosts, tickets }: HomeView): string {
  const notHealthy = hosts.shown.filter(({ last }) => last && isTrouble(last)).length + hosts.more.notHealthy
  const open = escalations.shown.length + escalations.more
  const waiting = fixes.shown.length + fixes.more
  const yours = tickets.shown.length + tickets.more
  const parts = [
    waiting > 0 ? `${waiting === 1 ? '1 fix waits' : `${waiting} fixes wait`} for your approval` : '',
    open > 0 ? `${counted(open, 'escalation')} ${are(open)} open` : '',
    notHealthy > 0 ? `${counted(notHealthy, 'host')} ${are(notHealthy)} not healthy` : '',
    yours > 0 ? `you have ${counted(yours, 'open ticket')}` : '',
  ].filter((part) => part !== '')
  return parts.length > 0 ? parts.join(' · ') : 'Nothing waits for you, and no trouble is known.'
}

const are = (count: number): string => (count === 1 ? 'is' : 'are')

const isTrouble = ({ run, solved }: NonNullable<HomeView['hosts']['shown'][number]['last']>): boolean =>
  !solved && mark(run) !== '🟢'

const titled = (title: string, blocks: readonly MessageBlock[]): MessageBlock[] =>
  blocks.length === 0 ? [] : [header(title), ...blocks]

const header = (title: string): HeaderBlock => ({ type: 'header', text: { type: 'plain_text', text: title } })

/** As in its thread: nobody approves a command that they have not read. */
const fixBlocks = ({ fixes }: HomeView): MessageBlock[] => [
  ...fixes.shown.flatMap((fix) => fixMessage({ fix }).blocks),
  ...moreLine(fixes, 'more: approve them in their threads'),
]

const moreLine = ({ more }: Pick<Listed<unknown>, 'more'>, words: string): MessageBlock[] =>
  more > 0 ? [lines(text(`and ${more} ${words}`))] : []

function ticketBlocks({ tickets }: HomeView): MessageBlock[] {
  if (tickets.shown.length === 0) return []
  const shown = tickets.shown.map(({ ticket, url }) => [...listLine(ticket), ...threadLink(url)])
  const more = tickets.more > 0 ? [inline(`and ${tickets.more} more: \`/debvisor tickets mine\``)] : []
  return [rich(...bullets([...shown, ...more]))]
}

const runBlocks = ({ runs }: HomeView): MessageBlock[] =>
  runs.length === 0
    ? []
    : [
        rich(
          ...bullets(
            runs.map(({ run, solved, url }): RichTextElement[] => [
              ...(solved ? solvedHeadline(run, solved) : text(oneLine(headline(run), 200))),
              ...text(` · run ${run.code}, `),
              ...moment(run.createdAt),
              ...threadLink(url),
            ]),
          ),
        ),
      ]

const MOST_TURNS = 3

function onCallBlocks({ onCall }: HomeView): MessageBlock[] {
  if (!onCall) return []
  if (!onCall.ok) return [lines(inline(onCall.reason, 300))]
  if (onCall.turns.length === 0) return [lines(text('PagerDuty says that nobody is on call.'))]
  const shown = onCall.turns.slice(0, MOST_TURNS).map(turnLine)
  const isMore = onCall.more || onCall.turns.length > MOST_TURNS
  return [rich(...bullets([...shown, ...(isMore ? [inline('and more: `/debvisor oncall`')] : [])]))]
}

/** What is too much is left out from the end, where it matters least. */
function fitted(blocks: readonly MessageBlock[]): HomeTab {
  const kept = blocks.slice(0, LIMITS.viewBlocks)
  while (JSON.stringify(kept).length > LIMITS.viewJson) kept.pop()
  return { type: 'home', blocks: kept }
}
