import type { FakeSlack } from '../slack/fake-slack.ts'
import { readable, type Shown } from './readable.ts'
import { print } from './terminal.ts'

/** Prints each message when it is new or has changed, as the emulator has it. */
export function watch(fakeSlack: FakeSlack): () => Promise<void> {
  const printed = new Map<string, string>()
  let watching = true
  const look = async (): Promise<false> => {
    for (const message of await fakeSlack.messages()) {
      show('#incidents', message)
      for (const reply of await fakeSlack.replies('incidents', message.ts))
        show('#incidents, in the thread', reply)
    }
    for (const message of await fakeSlack.dms('lead')) show('@lead reads', message)
    return false
  }
  const show = (where: string, message: Shown & { ts: string }): void => {
    const text = readable(fakeSlack, message)
    if (!watching || text === '' || printed.get(message.ts) === text) return
    print(printed.has(message.ts) ? `${where}, the message changes` : where, text)
    printed.set(message.ts, text)
  }
  // Looks again after each call of the bot, until the demo ends.
  void fakeSlack
    .waitFor(async () => (watching ? look() : true), { what: 'the end', ms: 3_600_000 })
    .catch(() => {})
  return async () => {
    // What came last is shown too.
    await look()
    watching = false
  }
}
