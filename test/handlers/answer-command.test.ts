import { expect, it, vi } from 'vitest'
import { answerCommand } from '../../src/handlers/answer-command.ts'
import { hasEffect } from '../../src/handlers/commands/slash.ts'
import type { Message } from '../../src/slack/message.ts'
import { verdictChart } from '../../src/slack/messages/history/verdict-chart.ts'

const message: Message = { text: 'Anna is on call.', blocks: [] }

/** An answer that comes when the test says so, and what Slack got by then; with `lost`, it does not take the acknowledgement. */
function slowAnswer({
  lost,
  hasEffect = false,
}: {
  readonly lost?: Error
  readonly hasEffect?: boolean
} = {}) {
  const got: (string | undefined)[] = []
  let finish: (answer: Message | undefined) => void = () => {}
  const work = new Promise<Message | undefined>((resolve) => {
    finish = resolve
  })
  const done = answerCommand(work, {
    ack: async (answer) => {
      if (lost) throw lost
      got.push(`ack ${answer?.text}`)
    },
    respond: async (answer) => void got.push(`later ${answer.text}`),
    notAcknowledged: (error) => void got.push(String(error)),
    hasEffect,
    withinMs: 20,
  })
  return { got, finish, done }
}

it('an answer that is there in time is in the acknowledgement', async () => {
  const { got, finish, done } = slowAnswer()
  finish(message)
  await done
  expect(got).toEqual(['ack Anna is on call.'])
})

it('one with a block that Slack may refuse comes by itself, so that the refusal is heard', async () => {
  const { got, finish, done } = slowAnswer()
  finish({ ...message, blocks: [verdictChart([{ topic: 'db', problem: 1, healthy: 0, unclear: 0 }])] })
  await done
  expect(got).toEqual(['ack undefined', 'later Anna is on call.'])
})

it('one that takes longer comes by itself, and the command is acknowledged in time', async () => {
  const { got, finish, done } = slowAnswer()
  await vi.waitFor(() => expect(got).toEqual(['ack undefined']))
  finish(message)
  await done
  expect(got).toEqual(['ack undefined', 'later Anna is on call.'])
})

it('a command without a private answer is acknowledged once', async () => {
  const { got, finish, done } = slowAnswer()
  await vi.waitFor(() => expect(got).toEqual(['ack undefined']))
  finish(undefined)
  await done
  expect(got).toEqual(['ack undefined'])
})

it('a command that does something is not acknowledged before that is stored, and answered then', async () => {
  const { got, finish, done } = slowAnswer({ hasEffect: true })
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(got).toEqual([])
  finish(message)
  await done
  expect(got).toEqual(['ack undefined', 'later Anna is on call.'])
})

it('an acknowledgement that is lost takes no answer with it, be it there in time or not', async () => {
  const lost = new Error('the socket is closed')
  const quick = slowAnswer({ lost })
  quick.finish(message)
  await quick.done
  expect(quick.got).toEqual(['Error: the socket is closed', 'later Anna is on call.'])
  const slow = slowAnswer({ lost })
  await vi.waitFor(() => expect(slow.got).toEqual(['Error: the socket is closed']))
  slow.finish(message)
  await slow.done
  expect(slow.got).toEqual(['Error: the socket is closed', 'later Anna is on call.'])
})

it.each([
  ['diagnose db host1', true],
  ['diagnose host1 it is slow', true],
  ['ticket 12 take', true],
  ['ticket 12 comment on it', true],
  ['ticket 12', false],
  ['tickets mine', false],
  ['oncall', false],
  ['status', false],
  ['diagnose nothing', false],
  ['', false],
])('`%s` does something: %s', (text, does) => {
  const runbooks = {
    topics: new Map(),
    find: (name: string) => (name === 'db' ? { topic: 'db' } : undefined),
    names: () => ['db'],
  }
  const inventory = { hosts: new Map([['host1', {}]]), groups: new Map() }
  expect(hasEffect({ runbooks, hosts: { inventory } } as never, text)).toBe(does)
})
