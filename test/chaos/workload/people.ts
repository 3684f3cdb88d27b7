import { setTimeout as delay } from 'node:timers/promises'
import { actionIds } from '../../../src/slack/messages/action-ids.ts'
import { fixCallback } from '../../../src/slack/messages/fix/fix-form.ts'
import type { OpenedHost } from '../hosts/host-kinds.ts'
import type { Random } from '../random.ts'
import type { World } from '../world/world.ts'
import type { RequestLog } from './requests.ts'
import type { ChaosScreen, SeenMessage } from './screen.ts'

/** What the people of a round work with. */
export interface Work {
  readonly world: World
  readonly screen: ChaosScreen
  readonly log: RequestLog
  /** Too much is under way: whoever wants something waits. */
  isBusy(): boolean
  isOver(): boolean
  /** Two clicked the same button at the same moment. */
  raced(): void
}

const acts = { diagnose: 32, again: 8, escalate: 12, move: 8, fix: 26, approve: 14 } as const

/** A person at a keyboard: one thing after the other, for as long as the round goes. */
export async function beAPerson(work: Work, name: string, random: Random): Promise<void> {
  while (!work.isOver()) {
    await delay(random.between(300, 1_800))
    if (work.isBusy()) continue
    work.screen.refresh()
    await act(work, { name, channel: `c${name}` }, random)
  }
}

interface Person {
  readonly name: string
  readonly channel: string
}

async function act(work: Work, person: Person, random: Random): Promise<void> {
  switch (random.weighted(acts)) {
    case 'diagnose':
      return diagnose(work, person, random)
    case 'again':
      return again(work, person, random)
    case 'escalate':
      return escalate(work, person, random)
    case 'move':
      return move(work, person, random)
    case 'fix':
      return fix(work, person, random)
    case 'approve':
      return approve(work, person, random)
  }
}

async function diagnose({ world, log }: Work, { name, channel }: Person, random: Random): Promise<void> {
  const { slack } = world
  const { name: host, topic } = pickHost(world.hosts.hosts, random)
  await log.note(
    { kind: 'diagnose', user: id(world, name), channel: channelId(world, channel), topic, host },
    () => slack.command(`diagnose ${topic} ${host}`, { user: name, channel }),
  )
}

/** Mostly those that can be mended; a hostile host keeps a look for long. */
function pickHost(hosts: readonly OpenedHost[], random: Random): OpenedHost {
  const kind = random.weighted({ gauge: 16, recorded: 3, hostile: 1 })
  return random.pick(hosts.filter((host) => host.kind === kind))
}

const id = ({ slack }: World, name: string): string => slack.users[name] ?? ''
const channelId = ({ slack }: World, name: string): string => slack.channels[name] ?? ''

interface Button {
  readonly message: SeenMessage
  readonly value: string
}

/** A button that somebody sees in their own channel, among the newest messages that have one. */
function pickButton(
  work: Work,
  channel: string | undefined,
  actionId: string,
  random: Random,
): Button | undefined {
  const found = work.screen
    .messages(channel)
    .flatMap((message) =>
      message.buttons.filter((one) => one.actionId === actionId).map(({ value }) => ({ message, value })),
    )
  return found.length > 0 ? random.pick(found.slice(-5)) : undefined
}

async function again(work: Work, person: Person, random: Random): Promise<void> {
  const { world, log } = work
  const found = pickButton(work, channelId(world, person.channel), actionIds.again, random)
  if (!found) return
  const { channel, ts } = found.message
  await log.note({ kind: 'again', user: id(world, person.name), channel, about: found.value }, () =>
    world.slack.click({ channel, ts, actionId: actionIds.again, value: found.value, user: person.name }),
  )
}

/** Half of the clicks are two people's at the same moment. */
async function pressed(
  work: Work,
  found: Button,
  about: {
    readonly kind: 'escalate' | 'move' | 'approve'
    readonly actionId: string
    readonly people: readonly string[]
  },
): Promise<void> {
  const { world, log } = work
  const { channel, ts } = found.message
  if (about.people.length > 1) work.raced()
  await Promise.all(
    about.people.map((user) =>
      log.note({ kind: about.kind, user: id(world, user), channel, about: found.value }, () =>
        world.slack.click({ channel, ts, actionId: about.actionId, value: found.value, user }),
      ),
    ),
  )
}

function withAnother({ world }: Work, name: string, random: Random): string[] {
  return random.chance(0.5) ? [name, random.pick(world.people.filter((other) => other !== name))] : [name]
}

async function escalate(work: Work, person: Person, random: Random): Promise<void> {
  const actionId = random.pick([actionIds.ticket, actionIds.lead, actionIds.lead, actionIds.page])
  const found = pickButton(work, channelId(work.world, person.channel), actionId, random)
  if (!found) return
  await pressed(work, found, { kind: 'escalate', actionId, people: withAnother(work, person.name, random) })
}

async function move(work: Work, person: Person, random: Random): Promise<void> {
  const actionId = random.pick([
    actionIds.acknowledge,
    actionIds.resolve,
    actionIds.resolveAll,
    actionIds.takeTicket,
  ])
  const found = pickButton(work, channelId(work.world, person.channel), actionId, random)
  if (!found) return
  await pressed(work, found, { kind: 'move', actionId, people: withAnother(work, person.name, random) })
}

async function approve(work: Work, person: Person, random: Random): Promise<void> {
  const found = pickButton(work, undefined, actionIds.approve, random)
  if (!found) return
  const people = withAnother(work, person.name, random)
  await pressed(work, found, { kind: 'approve', actionId: actionIds.approve, people })
}

const FORM_MS = 8_000

/** Opens the form of a fix, and sends it once it shows what would run. */
async function fix(work: Work, person: Person, random: Random): Promise<void> {
  const { world, log } = work
  const { slack } = world
  const user = id(world, person.name)
  const found = pickButton(work, channelId(world, person.channel), actionIds.fix, random)
  if (!found) return
  const { channel, ts } = found.message
  const earlier = slack.openedViews().length
  const about = { user, channel, about: found.value }
  await log.note({ kind: 'form', ...about }, () =>
    slack.click({ channel, ts, actionId: actionIds.fix, value: found.value, user: person.name }),
  )
  const isMine = (opened: ReturnType<typeof slack.openedViews>[number]) =>
    opened.user === user && opened.view.callback_id === fixCallback && opened.view.submit
  for (const until = Date.now() + FORM_MS; Date.now() < until; await delay(150)) {
    const form = slack.openedViews().slice(earlier).find(isMine)?.view
    if (!form) continue
    const fixId = String(form.private_metadata ?? '')
    // An impatient person sends it twice.
    const times = random.chance(0.3) ? 2 : 1
    await Promise.all(
      Array.from({ length: times }, () =>
        log.note({ kind: 'submit', user, channel, about: fixId }, () =>
          slack.submit({ view: form.id, user: person.name }),
        ),
      ),
    )
    return
  }
}
