import { createInterface } from 'node:readline/promises'
import { setUp } from '../../src/cli/set-up.ts'
import { requireSlack } from '../../src/config/slack.ts'
import { startBot } from '../../src/main.ts'
import { makeLogger } from '../../src/redact/log.ts'
import { toPlain } from '../../src/slack/plain.ts'
import { type Front, startFront } from '../slack/fake-slack.ts'
import { openWorkshop } from '../ssh/demo-hosts.ts'

/**
 * The real app on embedded parts: the published Slack emulator behind our front, the embedded store in a temporary folder, a key-only SSH
 * server on 127.0.0.1 whose host is this machine. What it prints is what this machine answered. With a terminal it goes on at a prompt.
 */
const HOST = 'this-machine'

async function demo(): Promise<void> {
  say('Starting Slack (an emulator), an SSH server on 127.0.0.1, the embedded store and the bot …')
  const front = await startFront()
  const workshop = await openWorkshop({
    hosts: [HOST],
    config: `slack: { apiUrl: '${front.apiUrl}' }\nescalation: { lead: { slackUser: ${front.users.lead} } }\n`,
  })
  const env = { SLACK_BOT_TOKEN: front.botToken, SLACK_APP_TOKEN: front.appToken }
  const ready = setUp(env, { config: workshop.config })
  if (!ready.ok) throw new Error(ready.sentences.join('\n'))
  const slack = requireSlack(ready.config)
  if (!slack.ok) throw new Error(slack.problem)
  const log = makeLogger('warn', ready.redactor.text, process.stderr)
  const bot = await startBot({ ...ready, slack: slack.slack, log })
  const stopWatching = watch(front)
  try {
    await tour(front)
    if (process.stdin.isTTY) await prompt(front)
  } finally {
    await stopWatching()
    await bot.stop()
    await front.close()
    await workshop.close()
  }
}

/** A diagnosis and two escalations, as somebody in #incidents does them, and the lead who takes it. */
async function tour(front: Front): Promise<void> {
  await type(front, `diagnose service ${HOST}`)
  const run = await front.waitFor(async () => (await front.messages()).find(isEnded), {
    what: 'the verdict',
    ms: 120_000,
  })
  await front.waitFor(async () => (await front.replies('incidents', run.ts)).some((m) => 'files' in m), {
    what: 'the whole output as a file',
  })
  say('@ana clicks [Open ticket]')
  await front.click({ channel: 'incidents', ts: run.ts, actionId: 'escalate_1' })
  await front.waitFor(
    async () => (await front.replies('incidents', run.ts)).some((m) => m.text.includes('Ticket #1')),
    { what: 'the ticket' },
  )
  say('@ana clicks [Contact DevOps lead]')
  await front.click({ channel: 'incidents', ts: run.ts, actionId: 'escalate_2' })
  await front.waitFor(
    async () => readable(front, await front.message('incidents', run.ts)).includes('direct message'),
    { what: 'the escalation on the message' },
  )
  const [direct] = await front.dms('lead')
  if (!direct) throw new Error('the lead has no direct message')
  say('@lead clicks [Acknowledge]')
  await front.click({ channel: direct.channel, ts: direct.ts, actionId: 'ladder_acknowledge', user: 'lead' })
  await front.waitFor(
    async () => readable(front, await front.message('incidents', run.ts)).includes('acknowledged by'),
    { what: 'the acknowledgement on the message' },
  )
  await front.waitFor(
    async () =>
      (await front.replies('incidents', run.ts)).some(
        (reply) => reply.text.startsWith('Escalation') && readable(front, reply).includes('acknowledged by'),
      ),
    { what: 'the acknowledgement in the thread' },
  )
  await front.waitFor(
    async () => readable(front, await front.message(direct.channel, direct.ts)).includes('Acknowledged by'),
    { what: 'the acknowledgement in the direct message' },
  )
}

const isEnded = (message: { text: string }): boolean => /^(🔴|🟢|🟡|⚫)/u.test(message.text)

async function type(front: Front, text: string): Promise<void> {
  say(`@ana types /debvisor ${text}`)
  const done = await front.command(text)
  say(`Slack was answered after ${Math.round(done.ackMs)} ms`)
  for (const answer of done.responses()) print('only @ana sees', readable(front, answer))
}

/** Prints each message when it is new or has changed, as the emulator has it. */
function watch(front: Front): () => Promise<void> {
  const printed = new Map<string, string>()
  let watching = true
  const look = async (): Promise<false> => {
    for (const message of await front.messages()) {
      show('#incidents', message)
      for (const reply of await front.replies('incidents', message.ts))
        show('#incidents, in the thread', reply)
    }
    for (const message of await front.dms('lead')) show('@lead reads', message)
    return false
  }
  const show = (where: string, message: Shown & { ts: string }): void => {
    const text = readable(front, message)
    if (!watching || text === '' || printed.get(message.ts) === text) return
    print(printed.has(message.ts) ? `${where}, the message changes` : where, text)
    printed.set(message.ts, text)
  }
  // Looks again after each call of the bot, until the demo ends.
  void front
    .waitFor(async () => (watching ? look() : true), { what: 'the end', ms: 3_600_000 })
    .catch(() => {})
  return async () => {
    // What came last is shown too.
    await look()
    watching = false
  }
}

async function prompt(front: Front): Promise<void> {
  say(
    'Now you. Type a command without /debvisor, such as `diagnose performance this-machine`, `status`, `help`; `quit` ends.',
  )
  say(`The emulator's own page: ${front.pageUrl}`)
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  for await (const line of lines) {
    if (line.trim() === 'quit') break
    await type(front, line.trim())
  }
  lines.close()
}

interface Shown {
  readonly text?: string
  readonly blocks?: readonly object[]
  readonly files?: unknown
}

/** As a person in the channel reads it: names instead of ids, a file by its name. */
function readable(front: Front, message: Shown | undefined): string {
  const { text = '', blocks = [], files } = message ?? {}
  const body = toPlain({ text, blocks: blocks as Parameters<typeof toPlain>[0]['blocks'] & object })
  const names = new Map(Object.entries(front.users).map(([name, id]) => [id, name]))
  const said = body.replace(/@([A-Z0-9]{6,})/g, (whole, id: string) =>
    names.has(id) ? `@${names.get(id)}` : whole,
  )
  const shared = Array.isArray(files)
    ? files.map((file: { id: string; name: string }) => attached(front, file))
    : []
  return [said.trimEnd(), ...shared].filter((part) => part !== '').join('\n')
}

function attached(front: Front, { id, name }: { readonly id: string; readonly name: string }): string {
  const content = front.files().find((file) => file.id === id)?.content ?? ''
  return `📎 ${name} (${content.trimEnd().split('\n').length} lines)`
}

const say = (line: string): void => void process.stdout.write(`\n▶ ${line}\n`)

/** More would push what comes next off the screen. */
const MOST_LINES = 25

function print(where: string, text: string): void {
  const lines = text.split('\n')
  const left = lines.length - MOST_LINES
  const shown = left > 1 ? [...lines.slice(0, MOST_LINES), `… ${left} more lines`] : lines
  process.stdout.write(`\n${where}\n${shown.map((line) => `  │ ${clipped(line)}`).join('\n')}\n`)
}

const WIDTH = 200

const clipped = (line: string): string => (line.length <= WIDTH ? line : `${line.slice(0, WIDTH - 1)}…`)

await demo()
say('That was the real app. Next, on a workspace of yours: README, “A real workspace in five minutes”.')
say(`Without Slack: npx debvisor diagnose <topic> <host> --inventory inventory.yml`)
process.exit(0)
