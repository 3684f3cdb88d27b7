import { createInterface } from 'node:readline/promises'
import { setUp } from '../../src/cli/set-up.ts'
import { requireSlack } from '../../src/config/slack.ts'
import { startBot } from '../../src/main.ts'
import { makeLogger } from '../../src/redact/logger.ts'
import { type FakeSlack, startFakeSlack } from '../slack/fake-slack.ts'
import { openDemoHosts } from '../ssh/demo-hosts.ts'
import { say } from './terminal.ts'
import { tour, type } from './tour.ts'
import { watch } from './watch.ts'

/**
 * The real app on embedded parts: the published Slack emulator behind our fake Slack, the embedded store in a temporary folder, a key-only SSH
 * server on 127.0.0.1 whose host is this machine. What it prints is what this machine answered. With a terminal it goes on at a prompt.
 */
const HOST = 'this-machine'

async function demo(): Promise<void> {
  say('Starting Slack (an emulator), an SSH server on 127.0.0.1, the embedded store and the bot …')
  const fakeSlack = await startFakeSlack()
  const demoHosts = await openDemoHosts({
    hosts: [HOST],
    config: `slack: { apiUrl: '${fakeSlack.apiUrl}' }\nescalation: { lead: { slackUser: ${fakeSlack.users.lead} } }\n`,
  })
  const env = { SLACK_BOT_TOKEN: fakeSlack.botToken, SLACK_APP_TOKEN: fakeSlack.appToken }
  const ready = setUp(env, { config: demoHosts.config })
  if (!ready.ok) throw new Error(ready.sentences.join('\n'))
  const slack = requireSlack(ready.config)
  if (!slack.ok) throw new Error(slack.problem)
  const log = makeLogger('warn', ready.redactor.text, process.stderr)
  const bot = await startBot({ ...ready, slack: slack.slack, log })
  const stopWatching = watch(fakeSlack)
  try {
    await tour(fakeSlack, HOST)
    if (process.stdin.isTTY) await prompt(fakeSlack)
  } finally {
    await stopWatching()
    await bot.stop()
    await fakeSlack.close()
    await demoHosts.close()
  }
}

async function prompt(fakeSlack: FakeSlack): Promise<void> {
  say(
    'Now you. Type a command without /debvisor, such as `diagnose performance this-machine`, `status`, `help`; `quit` ends.',
  )
  say(`The emulator's own page: ${fakeSlack.pageUrl}`)
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  for await (const line of lines) {
    if (line.trim() === 'quit') break
    await type(fakeSlack, line.trim())
  }
  lines.close()
}

await demo()
say('That was the real app. Next, on a workspace of yours: README, “A real workspace in five minutes”.')
say(`Without Slack: node dist/cli.js diagnose <topic> <host> --inventory inventory.yml`)
process.exit(0)
