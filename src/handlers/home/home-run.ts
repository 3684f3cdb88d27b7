import { threadUrl } from '../../runs/load-bundle.ts'
import type { Run } from '../../runs/run.ts'
import type { HomeRun } from '../../slack/messages/home/home-view.ts'
import { readSolved } from '../../threads/views/solved.ts'

/** The store, and the way to Slack's links. */
export type Sources = Parameters<typeof threadUrl>[0]

/** How a run stands now, with the link of its thread. */
export async function homeRun(sources: Sources, run: Run): Promise<HomeRun> {
  const [solved, url] = await Promise.all([readSolved(sources.store, run), threadUrl(sources, run)])
  return { run, solved, url }
}
