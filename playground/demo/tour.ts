import type { FakeSlack } from '../slack/fake-slack.ts'
import { readable } from './readable.ts'
import { print, say } from './terminal.ts'

/** A diagnosis and two escalations, as somebody in #incidents does them, and the lead who takes it. */
export async function tour(fakeSlack: FakeSlack, host: string): Promise<void> {
  await type(fakeSlack, `diagnose service ${host}`)
  const run = await fakeSlack.waitFor(async () => (await fakeSlack.messages()).find(isEnded), {
    what: 'the verdict',
    ms: 120_000,
  })
  await fakeSlack.waitFor(
    async () => (await fakeSlack.replies('incidents', run.ts)).some((m) => 'files' in m),
    {
      what: 'the whole output as a file',
    },
  )
  say('@ana clicks [Open ticket]')
  await fakeSlack.click({ channel: 'incidents', ts: run.ts, actionId: 'escalate_1' })
  await fakeSlack.waitFor(
    async () => (await fakeSlack.replies('incidents', run.ts)).some((m) => m.text.includes('Ticket #1')),
    { what: 'the ticket' },
  )
  say('@ana clicks [Contact DevOps lead]')
  await fakeSlack.click({ channel: 'incidents', ts: run.ts, actionId: 'escalate_2' })
  await fakeSlack.waitFor(
    async () => readable(fakeSlack, await fakeSlack.message('incidents', run.ts)).includes('direct message'),
    { what: 'the escalation on the message' },
  )
  const [direct] = await fakeSlack.dms('lead')
  if (!direct) throw new Error('the lead has no direct message')
  say('@lead clicks [Acknowledge]')
  await fakeSlack.click({
    channel: direct.channel,
    ts: direct.ts,
    actionId: 'ladder_acknowledge',
    user: 'lead',
  })
  await fakeSlack.waitFor(
    async () => readable(fakeSlack, await fakeSlack.message('incidents', run.ts)).includes('acknowledged by'),
    { what: 'the acknowledgement on the message' },
  )
  await fakeSlack.waitFor(
    async () =>
      (await fakeSlack.replies('incidents', run.ts)).some(
        (reply) =>
          reply.text.startsWith('Escalation') && readable(fakeSlack, reply).includes('acknowledged by'),
      ),
    { what: 'the acknowledgement in the thread' },
  )
  await fakeSlack.waitFor(
    async () =>
      readable(fakeSlack, await fakeSlack.message(direct.channel, direct.ts)).includes('Acknowledged by'),
    { what: 'the acknowledgement in the direct message' },
  )
}

const isEnded = (message: { text: string }): boolean => /^(🔴|🟠|🟢|🟡|⚫|☑️)/u.test(message.text)

/** Types a command as @ana does in #incidents, and prints what only she sees of the answer. */
export async function type(fakeSlack: FakeSlack, text: string): Promise<void> {
  say(`@ana types /debvisor ${text}`)
  const done = await fakeSlack.command(text)
  say(`Slack was answered after ${Math.round(done.ackMs)} ms`)
  for (const answer of done.responses()) print('only @ana sees', readable(fakeSlack, answer))
}
