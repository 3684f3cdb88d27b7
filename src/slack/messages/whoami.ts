import type { RichTextElement } from '@slack/types'
import { oneLine } from '../../text/shorten.ts'
import { type Message, makeMessage } from '../message.ts'
import { bold, bullets, code, mention, rich, section, text } from './rich-text.ts'

/** What somebody may do on the hosts of a group. */
export interface GroupRights {
  readonly group: string
  /** On every host, for every topic. */
  readonly everywhere: readonly string[]
  /** On some hosts, or for some topics. */
  readonly partly: readonly string[]
}

export interface Whoami {
  readonly user: string
  readonly team: string
  /** Those that the access policy names and the person is in. */
  readonly usergroups: readonly string[]
  readonly rights: readonly GroupRights[]
}

const MOST_GROUPS = 40

export function whoamiMessage({ user, team, usergroups, rights }: Whoami): Message {
  const lines: RichTextElement[][] = [
    [...mention(user), ...text(' '), ...code(user), ...text(`, full member of ${team}`)],
    ...(usergroups.length > 0 ? [text(`in the user groups ${oneLine(usergroups.join(', '), 400)}`)] : []),
  ]
  const left = rights.length - MOST_GROUPS
  const shown = rights.slice(0, MOST_GROUPS).map(groupLine)
  return makeMessage(`You are a full member of ${team}. ${spokenRights(rights)}`, [
    rich(section(...bold('Slack says')), ...bullets(lines)),
    rich(
      section(...bold('You may, by group of hosts')),
      ...bullets(left > 0 ? [...shown, text(`and ${left} more groups`)] : shown),
    ),
  ])
}

/** In one sentence, for who hears it. */
function spokenRights(rights: readonly GroupRights[]): string {
  const some = rights.filter(({ everywhere, partly }) => everywhere.length + partly.length > 0)
  if (some.length === 0) return 'You may do nothing on any host'
  return `You may do something in ${some.length} of ${rights.length} groups of hosts: ${oneLine(some.map(({ group }) => group).join(', '), 200)}`
}

function groupLine({ group, everywhere, partly }: GroupRights): RichTextElement[] {
  const rights = [...everywhere, ...partly.map((action) => `${action} (some hosts or topics)`)]
  return [...bold(oneLine(group, 80)), ...text(`: ${rights.join(', ') || 'nothing'}`)]
}
