import type { StaticSelect } from '@slack/types'
import { expect, it } from 'vitest'
import { LIMITS } from '../../../src/slack/limits.ts'
import type { Message } from '../../../src/slack/message.ts'
import { chooseMessage } from '../../../src/slack/messages/choose-diagnosis.ts'
import { toPlain } from '../../../src/slack/transport/plain-text.ts'

const hosts = (count: number, length: number) =>
  Array.from({ length: count }, (_, i) => ({ host: `h${i}-`.padEnd(length, 'x'), topic: 'performance' }))

const elements = ({ blocks }: Message) =>
  blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []))
const options = (message: Message) =>
  elements(message).flatMap((each) => (each as StaticSelect).options ?? [])

it.each([
  [100, 24],
  [100, 63],
  [100, 120],
  [300, 63],
])(
  'of %i hosts with names of %i characters offers what a message holds, and the form for the rest',
  (count, length) => {
    const possible = hosts(count, length)
    const message = chooseMessage('Many hosts are named here: which one?', possible)
    expect(JSON.stringify(message.blocks).length).toBeLessThanOrEqual(LIMITS.blocksJson)
    expect(toPlain(message)).toContain('which one?')
    const offered = options(message).map(({ value }) => value)
    expect(offered.length).toBeGreaterThan(25)
    expect(offered).toEqual(
      possible.slice(0, offered.length).map(({ host }) => `diagnose performance ${host}`),
    )
    expect(toPlain(message)).toContain(`${count - offered.length} more are in the form.`)
    expect(elements(message)).toContainEqual(expect.objectContaining({ action_id: 'diagnose_open' }))
  },
)

it('of a few hosts says nothing of more', () => {
  const message = chooseMessage('2 hosts are named here: which one?', hosts(2, 10))
  expect(options(message)).toHaveLength(2)
  expect(toPlain(message)).not.toContain('more')
})
