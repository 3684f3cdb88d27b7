import { describe, expect, it } from 'vitest'
import { pageOf } from '../../playground/pictures/page.ts'
import { scenes } from '../../playground/pictures/scenes.ts'

/** Every piece of text in a block; a question is asked only after a click. */
function* textsIn(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return
  const { type, text } = node as { type?: unknown; text?: unknown }
  if (typeof text === 'string' && type !== 'mrkdwn') yield text
  for (const [key, child] of Object.entries(node)) if (key !== 'confirm') yield* textsIn(child)
}

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#x27;')

describe('the pictures of messages', () => {
  it('leave out nothing that a message says, and are the same each time', () => {
    const drawn = Object.entries(scenes())
    expect(drawn.length).toBeGreaterThan(8)
    for (const [name, scene] of drawn) {
      const page = pageOf(scene, 390)
      expect([name, pageOf(scene, 390) === page]).toEqual([name, true])
      if (scene.kind === 'lock-screen') continue
      const said = scene.messages.flatMap(({ blocks }) => [...textsIn(blocks)])
      expect([name, said.filter((text) => !page.includes(escaped(text.trim())))]).toEqual([name, []])
    }
  })
})
