import { checkBlocks } from '../../playground/slack/blocks/check.ts'
import { type Fields, isFields } from '../../playground/slack/blocks/shape.ts'
import type { FakeSlack } from '../../playground/slack/fake-slack.ts'
import type { LoggedCall } from '../../playground/slack/state/call-log.ts'
import { refuseContent } from '../../playground/slack/state/messages.ts'

/** What the bot sent to Slack in a rig. */
export type Sent = Pick<FakeSlack, 'calls' | 'privateAnswers'>

export interface ReadBy {
  /** Of the inventory. */
  readonly hosts: readonly string[]
  /** The least time between two progress reports of a message, in milliseconds of the rig. */
  readonly spacingMs: number
  /** When another process took over, which does not know when the one before it told of progress. */
  readonly restarts?: readonly number[]
}

/** Of everything that was sent, what Slack documents as too much, and what somebody could not understand. */
export function problemsOf({ calls, privateAnswers }: Sent, { hosts, ...pace }: ReadBy): readonly string[] {
  const posts = calls('chat.postMessage')
  const updates = calls('chat.update')
  const told = [...posts, ...updates].map(({ args }) => args)
  const views = [...calls('views.open'), ...calls('views.update')].map(({ args }) => args.view)
  const homes = calls('views.publish').map(({ args }) => args.view)
  const messages = [...told, ...calls('chat.postEphemeral').map(({ args }) => args), ...privateAnswers()]
  return unique([
    ...messages.flatMap(contentProblems),
    ...messages.flatMap(({ text }) => textProblems(String(text ?? ''))),
    ...told.filter((args) => !isAnswer(args)).flatMap(({ text }) => loneProblems(String(text ?? ''), hosts)),
    ...views.flatMap(viewProblems),
    ...homes.flatMap(homeProblems),
    ...repeated(posts.filter(isTaken), calls('chat.startStream').filter(isTaken)),
    ...repeatedFiles(calls('files.completeUploadExternal').filter(isTaken)),
    ...tooClose(updates.filter(isTaken), pace),
    ...sameAgain(updates.filter(isTaken), pace),
  ])
}

const unique = (problems: readonly string[]): readonly string[] => [...new Set(problems)]
const isTaken = ({ answer }: LoggedCall): boolean => answer?.ok === true
const quoted = (text: string): string => JSON.stringify(text.slice(0, 160))

const none: ReadonlySet<string> = new Set()

/** docs.slack.dev/reference/block-kit and chat.update, the stricter of the two: a message that is posted is updated later. */
function contentProblems(content: Fields): string[] {
  const refusal = refuseContent(content, none, true)
  return refusal ? [`Slack refuses ${quoted(JSON.stringify(content))}: ${JSON.stringify(refusal)}`] : []
}

const VIEW_TITLE = 24
const PRIVATE_METADATA = 3_000
const VIEW_BYTES = 250_000

/** docs.slack.dev/reference/views/modal-views. */
export function viewProblems(view: unknown): string[] {
  if (!isFields(view)) return [`no view: ${quoted(JSON.stringify(view))}`]
  const { title, submit, close, private_metadata = '', blocks } = view
  const labels = [title, submit, close].filter(isFields).map(({ text }) => String(text))
  return [
    ...checkBlocks('modal', blocks, none),
    ...labels
      .filter((label) => label.length > VIEW_TITLE || label === '')
      .map((label) => `a label ${quoted(label)}`),
    ...(String(private_metadata).length > PRIVATE_METADATA ? ['too much private_metadata'] : []),
    ...(Buffer.byteLength(JSON.stringify(view)) > VIEW_BYTES ? ['too large a view'] : []),
  ].map((problem) => `${quoted(labels.join(' / '))}: ${problem}`)
}

/** docs.slack.dev/reference/views/home-tab-views. */
export function homeProblems(view: unknown): string[] {
  if (!isFields(view)) return [`no Home tab: ${quoted(JSON.stringify(view))}`]
  return [
    ...checkBlocks('home', view.blocks, none),
    ...(Buffer.byteLength(JSON.stringify(view)) > VIEW_BYTES ? ['too large a view'] : []),
  ].map((problem) => `the Home tab: ${problem}`)
}

/** A mention, a date or a link of ours; everything else that is marked so is somebody's text, or cut. */
const MARKUP = /<(?:@[UW][A-Z0-9]+|!date\^[^>]*|https?:\/\/[^>|]+(?:\|[^>]*)?)>/g

/** `text` is all that a notification shows and a screen reader says. */
export function textProblems(text: string): string[] {
  const rest = text.replaceAll(MARKUP, '')
  return [
    ...(/\p{L}{2,}/u.test(rest) ? [] : ['says nothing']),
    ...(/&(?!(?:amp|lt|gt);)/.test(rest) ? ['has a raw or a cut &'] : []),
    ...(/[<>]/.test(rest) ? ['has raw or cut markup'] : []),
  ].map((problem) => `the text ${quoted(text)} ${problem}`)
}

/** What a phone shows of a notification without being touched: about two lines. */
const TWO_LINES = 90

/** On a lock screen there is no channel to look at: the text has to say what it is about. */
export function loneProblems(text: string, hosts: readonly string[]): string[] {
  const shown = text.replaceAll(MARKUP, '@somebody').slice(0, TWO_LINES)
  const isFleet = / on \S+: .*\bhosts?\b/.test(shown)
  const isNamed =
    isFleet || hosts.some((host) => shown.includes(host)) || /#\d+|\brun [0-9A-Z]{4,}/.test(shown)
  return isNamed
    ? []
    : [`the notification ${quoted(text)} names no host, ticket or run in its first two lines`]
}

interface Key {
  readonly run: string
  readonly key: string
}

const keyOf = ({ args }: LoggedCall): Key | undefined => keyIn(args)

function keyIn({ metadata }: Fields): Key | undefined {
  const payload = isFields(metadata) ? metadata.event_payload : undefined
  return isFields(payload) ? { run: String(payload.run), key: String(payload.key) } : undefined
}

/** Of a mention, and below it: whoever reads it wrote what it answers a moment before. */
const isAnswer = (args: Fields): boolean =>
  keyIn(args)?.key === 'answer' && typeof args.thread_ts === 'string'

/** A run has one message of its own, each reply once, and calls whoever asked once. */
function repeated(posts: readonly LoggedCall[], streams: readonly LoggedCall[]): string[] {
  const streamed = streams.map(({ args }) => `main of run ${runStreamedIn(args)}`)
  const keys = posts.flatMap((post) => {
    const key = keyOf(post)
    if (!key) return []
    const calls = key.key.startsWith('thread:') && String(post.args.text).includes('<@')
    return [`${key.key} of run ${key.run}`, ...(calls ? [`a reply with a mention, of run ${key.run},`] : [])]
  })
  return twice([...keys, ...streamed]).map((key) => `${key} was posted twice`)
}

/** A stream has no metadata before its end; the block with *Cancel* names its run. */
const runStreamedIn = (args: Fields): string =>
  /"under_way_([^"]+)"/.exec(JSON.stringify(args.chunks))?.[1] ?? ''

const repeatedFiles = (uploads: readonly LoggedCall[]): string[] =>
  twice(uploads.map(({ args }) => `${args.thread_ts} ${JSON.stringify(args.files)}`)).map(
    (file) => `the file ${file} was shared twice`,
  )

const twice = (items: readonly string[]): string[] =>
  unique(items.filter((item, at) => items.indexOf(item) !== at)) as string[]

/** The updates of a message, each with the one before it, unless another process took over in between. */
function inPairs(
  updates: readonly LoggedCall[],
  restarts: readonly number[],
): readonly (readonly [before: LoggedCall, update: LoggedCall])[] {
  const newest = new Map<string, LoggedCall>()
  return updates.flatMap((update): [LoggedCall, LoggedCall][] => {
    const message = `${update.args.channel}:${update.args.ts}`
    const before = newest.get(message)
    newest.set(message, update)
    return before && !restarts.some((at) => before.at <= at && at <= update.at) ? [[before, update]] : []
  })
}

/** Progress comes once in 3 s. A verdict does not wait for that, and neither does what a job tells of what it did. */
function tooClose(
  updates: readonly LoggedCall[],
  { spacingMs, restarts = [] }: Pick<ReadBy, 'spacingMs' | 'restarts'>,
): string[] {
  return inPairs(updates, restarts)
    .filter(([before, update]) => update.at - before.at < spacingMs && [before, update].every(isProgress))
    .map(
      ([before, update]) =>
        `${quoted(String(update.args.text))} came ${update.at - before.at} ms after progress of the same message`,
    )
}

/**
 * Whoever draws a message over and over sends what is there already. What ends progress may come twice: by the job that
 * ended it, and by the worker, whose progress may have been on its way still.
 */
function sameAgain(updates: readonly LoggedCall[], { restarts = [] }: Pick<ReadBy, 'restarts'>): string[] {
  const pairs = inPairs(updates, restarts)
  const endsProgress = new Set(pairs.filter(([before]) => isProgress(before)).map(([, update]) => update))
  return pairs
    .filter(([before, update]) => contentOf(before) === contentOf(update) && !endsProgress.has(before))
    .map(([, update]) => `${quoted(String(update.args.text))} was sent twice in a row`)
}

const contentOf = ({ args }: LoggedCall): string => JSON.stringify([args.text, args.blocks])

const isProgress = ({ args }: LoggedCall): boolean => String(args.text).startsWith('⏳')
