import { createInterface } from 'node:readline/promises'
import { setUp } from '../cli/set-up.ts'
import { requireSlack } from '../config/slack.ts'
import { startBot } from '../main.ts'
import { makeLogger } from '../redact/log.ts'
import { toPlain } from '../slack/plain.ts'
import { type Front, startFront } from './front.ts'
import { openWorkshop } from './workshop.ts'

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
    stopWatching()
    await bot.stop()
    await front.close()
    await workshop.close()
  }
}

/** A diagnosis and two escalations, as somebody in #incidents does them. */
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
  await front.waitFor(async () => (await front.dms('lead')).length > 0, { what: 'the direct message' })
  await front.waitFor(
    async () => toPlain(asShown(await front.message('incidents', run.ts))).includes('direct message'),
    { what: 'the escalation on the message' },
  )
}

const isEnded = (message: { text: string }): boolean => /^(🔴|🟢|🟡|⚫)/u.test(message.text)

async function type(front: Front, text: string): Promise<void> {
  say(`@ana types /debvisor ${text}`)
  const done = await front.command(text)
  say(`Slack was answered after ${Math.round(done.ackMs)} ms`)
  for (const answer of done.responses()) print('only @ana sees', asShown(answer))
}

/** Prints each message when it is new or has changed, as the emulator has it. */
function watch(front: Front): () => void {
  const printed = new Map<string, string>()
  let watching = true
  const look = async (): Promise<false> => {
    for (const message of await front.messages()) {
      show('#incidents', message)
      for (const reply of await front.replies('incidents', message.ts)) show('  in its thread', reply)
    }
    for (const message of await front.dms('lead')) show('@lead reads', message)
    return false
  }
  const show = (where: string, message: Parameters<typeof asShown>[0] & { ts: string }): void => {
    const text = toPlain(asShown(message))
    if (!watching || printed.get(message.ts) === text) return
    print(printed.has(message.ts) ? `${where}, the message changes` : where, asShown(message))
    printed.set(message.ts, text)
  }
  // Looks again after each call of the bot, until the demo ends.
  void front
    .waitFor(async () => (watching ? look() : true), { what: 'the end', ms: 3_600_000 })
    .catch(() => {})
  return () => {
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

type Shown = Parameters<typeof toPlain>[0]

const asShown = (message: unknown): Shown => (message ?? { text: '' }) as Shown

const say = (line: string): void => void process.stdout.write(`\n▶ ${line}\n`)

function print(where: string, message: Shown): void {
  const lines = toPlain(message).split('\n')
  process.stdout.write(`\n${where}\n${lines.map((line) => `  │ ${line}`).join('\n')}\n`)
}

await demo()
say('That was the real app. Next, on a workspace of yours: README, “A real workspace in five minutes”.')
say(`Without Slack: npx debvisor diagnose <topic> <host> --inventory inventory.yml`)
process.exit(0)
