import type { Letter } from '../integrations/channel-adapter.ts'
import { type Bundle, headline, severity, utc } from '../runs/bundle.ts'
import type { Block } from '../text/plain-and-html.ts'
import { oneLine } from '../text/shorten.ts'
import { aboutFindings, aboutRun, aboutUnknown, evidenceFile } from './tickets/draft.ts'
import type { Then } from './time-limit.ts'

export interface Contact {
  readonly bundle: Bundle
  /** Who contacts the lead. */
  readonly by: string
  /** Until when it has to be acknowledged, and what follows; null: nobody waits. */
  readonly limit?: { readonly until: Date; readonly take: Then } | null
}

/** Level 2 of the guide: "Contact the DevOps Lead". */
export function leadLetter({ bundle, by, limit }: Contact): Letter {
  const { run, threadUrl } = bundle
  const attachment = evidenceFile(bundle)
  const where = threadUrl ? 'Answer in the thread in Slack' : `Answer in Slack, run ${run.code}`
  const blocks: Block[] = [
    { kind: 'line', text: `${oneLine(by, 100)} asks for the DevOps lead. ${where}.` },
    ...(limit ? [{ kind: 'line', text: limitLine(limit) } as const] : []),
    ...(threadUrl ? [{ kind: 'link', text: 'Open the thread', href: threadUrl } as const] : []),
    ...aboutRun(bundle),
    ...aboutFindings(bundle),
    ...aboutUnknown(bundle),
    { kind: 'heading', text: 'Commands and output' },
    {
      kind: 'line',
      text: `Every command with its result and redacted output is attached: ${attachment.filename}.`,
    },
  ]
  const subject = `[DebVisor] ${severity(bundle)}: ${headline(bundle)} (run ${run.code})`
  return { subject: oneLine(subject, 200), blocks, attachment }
}

const limitLine = ({ until, take }: NonNullable<Contact['limit']>): string =>
  `Please acknowledge it in Slack by ${utc(until)}; otherwise ${take === 'page' ? 'the on-call is paged' : 'whoever asked may page the on-call'}.`
