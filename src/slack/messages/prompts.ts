import type { Fix } from '../../fixes/fix-store.ts'
import type { Run } from '../../runs/run.ts'
import { oneLine } from '../../text/shorten.ts'
import { mark } from './run/run-view.ts'

/** Something to click in the panel: it is written in its reader's name. */
export interface Prompt {
  readonly title: string
  /** A command. */
  readonly message: string
}

/** What is open for somebody, the most urgent first. */
export interface OpenForReader {
  /** That wait for their approval, with the run that found what each is for. */
  readonly fixes: readonly { readonly fix: Fix; readonly run: Run }[]
  /** Whose problem somebody was called for. */
  readonly escalated: readonly Run[]
  /** That they asked for, the newest first. */
  readonly own: readonly Run[]
  readonly tickets: number
  readonly knowsOnCall: boolean
}

/** Slack shows four. */
const MOST = 4
/** As much as stands in one line on a telephone. */
const TITLE = 60

export function promptsFor({
  fixes,
  escalated,
  own,
  tickets,
  knowsOnCall,
}: OpenForReader): readonly Prompt[] {
  const [last] = own
  const red = own.find((run) => run.endedAt && mark(run) !== '🟢')
  const all = [
    ...fixes.map(({ fix, run }) =>
      prompt(`Waits for your approval: ${fix.title} on ${fix.host}`, `why ${run.code}`),
    ),
    ...escalated.map((run) => prompt(`Check ${run.topic} on ${run.host} again`, `again ${run.code}`)),
    ...(red ? [prompt(`Why is ${red.host} not healthy?`, `why ${red.code}`)] : []),
    ...(tickets > 0 ? [prompt('My open tickets', 'tickets mine')] : []),
    ...(last ? [prompt(`What happened on ${last.host}?`, `history ${last.host}`)] : []),
    ...(knowsOnCall ? [prompt('Who is on call?', 'oncall')] : []),
    prompt('Which hosts are there?', 'hosts'),
    prompt('What can I ask?', 'help'),
  ]
  return all
    .filter(({ message }, at) => all.findIndex((each) => each.message === message) === at)
    .slice(0, MOST)
}

const prompt = (title: string, message: string): Prompt => ({ title: oneLine(title, TITLE), message })
