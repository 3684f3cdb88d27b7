import { beginDrawing, summaryCounts, summaryLines } from '../alerts/summary-store.ts'
import { summaryMessage } from '../slack/messages/alerts/summary-message.ts'
import { withPostLock } from './post-lock.ts'
import { SlackFailed } from './slack-failed.ts'
import type { ThreadWriter } from './thread-drawer.ts'
import { writeMessage } from './write-message.ts'

/** Who draws what is told of alerts that nothing runs for. `mostOf`: runs that a source may start in ten minutes. */
export interface SummaryDrawer extends ThreadWriter {
  mostOf(source: string): number | undefined
}

const KEY = 'alerts'

/** The one message of a summary, posted once and brought up to date. Throws when Slack cannot be reached. */
export async function drawAlertSummary(
  drawer: SummaryDrawer,
  summaryId: string,
  { lookForCopies = false }: { readonly lookForCopies?: boolean } = {},
): Promise<void> {
  const { store, log } = drawer
  const summary = await beginDrawing(store, summaryId)
  if (!summary) return
  const { id: runId, channel, source, createdAt } = summary
  const redraw = { kind: 'alert-summary', summaryId, lookForCopies: true } as const
  await withPostLock(store, { runId, key: KEY, channel, redraw, lookForCopies }, async (lock) => {
    const lines = await summaryLines(store, runId)
    if (lines.length === 0) return
    const counts = await summaryCounts(store, runId)
    const target = {
      runId,
      key: KEY,
      since: createdAt,
      to: { channel },
      row: lock.row,
      inDoubt: lock.lostBefore || lookForCopies,
      lookForCopies,
      lock,
    }
    const written = await writeMessage(
      drawer,
      target,
      summaryMessage({ source, most: drawer.mostOf(source), lines, counts }),
    )
    if (written.ok) return
    if (written.reason !== 'not-in-channel') throw new SlackFailed(written)
    log.warn({ source, channel }, 'the bot is not in the channel in which alerts are told: invite it there')
  })
}
