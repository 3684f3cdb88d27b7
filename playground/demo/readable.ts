import { toPlain } from '../../src/slack/transport/plain-text.ts'
import type { FakeSlack } from '../slack/fake-slack.ts'

export interface Shown {
  readonly text?: string
  readonly blocks?: readonly object[]
  readonly files?: unknown
}

/** As a person in the channel reads it: names instead of ids, a file by its name. */
export function readable(fakeSlack: FakeSlack, message: Shown | undefined): string {
  const { text = '', blocks = [], files } = message ?? {}
  const body = toPlain({ text, blocks: blocks as Parameters<typeof toPlain>[0]['blocks'] & object })
  const names = new Map(Object.entries(fakeSlack.users).map(([name, id]) => [id, name]))
  const said = body.replace(/@([A-Z0-9]{6,})/g, (whole, id: string) =>
    names.has(id) ? `@${names.get(id)}` : whole,
  )
  const shared = Array.isArray(files)
    ? files.map((file: { id: string; name: string }) => attached(fakeSlack, file))
    : []
  return [said.trimEnd(), ...shared].filter((part) => part !== '').join('\n')
}

function attached(
  fakeSlack: FakeSlack,
  { id, name }: { readonly id: string; readonly name: string },
): string {
  const content = fakeSlack.files().find((file) => file.id === id)?.content ?? ''
  return `📎 ${name} (${content.trimEnd().split('\n').length} lines)`
}
