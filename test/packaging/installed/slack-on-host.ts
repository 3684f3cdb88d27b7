import { createInterface } from 'node:readline'
import { startFakeSlack } from '../../../playground/slack/fake-slack.ts'

/**
 * The emulated Slack as a process: slack-there.ts starts it in the network of a lab host, where the bot takes no address but loopback
 * without TLS. Prints its address and tokens; each further line on its input is a slash command, whose verdict it prints.
 */
const slack = await startFakeSlack()
const tell = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)
tell({ apiUrl: slack.apiUrl, botToken: slack.botToken, appToken: slack.appToken })

const isEnded = ({ text }: { readonly text: string }): boolean => /^(🔴|🟠|🟢|🟡|⚫|☑️)/u.test(text)

for await (const line of createInterface({ input: process.stdin })) {
  try {
    const known = new Set((await slack.messages()).map(({ ts }) => ts))
    await slack.command(line)
    const verdict = await slack.waitFor(
      async () => (await slack.messages()).find((message) => !known.has(message.ts) && isEnded(message)),
      { what: `the verdict of ${line}`, ms: 60_000 },
    )
    tell({ text: verdict.text })
  } catch (error) {
    tell({ text: `no verdict: ${error instanceof Error ? error.message : String(error)}` })
  }
}
await slack.close()
