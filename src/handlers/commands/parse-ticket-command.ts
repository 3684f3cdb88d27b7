import type { TicketFilter } from '../../escalation/tickets/ticket-store.ts'

/** Reads `/debvisor tickets …` and `/debvisor ticket N …`. Pure. */

export type TicketAct =
  | { readonly do: 'show' }
  | { readonly do: 'take' | 'reopen' }
  | { readonly do: 'comment'; readonly text: string }
  /** `named`: the person whom the command mentions; Slack's own form of the mention says who that is. */
  | { readonly do: 'assign'; readonly to: 'me' | 'nobody' | 'named' }
  | { readonly do: 'close'; readonly reason: string | null }

export type TicketCommand =
  | { readonly kind: 'tickets'; readonly filter: TicketFilter; readonly page: number }
  | { readonly kind: 'ticket'; readonly number: number; readonly act: TicketAct }

export type ReadTicket = TicketCommand | { readonly wrong: string }

/** What may stand in a comment or a reason: as much as a form of Slack takes. */
export const LONGEST_COMMENT = 3_000

const filters = ['mine', 'open', 'all'] as const
export const ticketActs = ['comment', 'assign', 'take', 'close', 'reopen'] as const

type Near = (word: string, candidates: readonly string[]) => string

/** "tickets", "tickets mine", "tickets all 3" */
export function readTickets(rest: readonly string[], near: Near): ReadTicket {
  const [first = 'open', second, extra] = rest
  const [word, page] = /^\d+$/.test(first) ? ['open', first] : [first.toLowerCase(), second ?? '1']
  const filter = filters.find((each) => each === word)
  if (!filter)
    return { wrong: `${near(first, filters)} \`/debvisor tickets\` takes \`mine\`, \`open\` or \`all\`.` }
  if (!/^[1-9]\d{0,3}$/.test(page) || extra !== undefined || (first === page && second !== undefined))
    return { wrong: `A page is a number: \`/debvisor tickets ${filter} 2\`.` }
  return { kind: 'tickets', filter, page: Number(page) }
}

/** `text` is the command behind "ticket", with its own spaces. */
export function readTicket(text: string, near: Near): ReadTicket {
  const [, numeral = '', verb = '', said = ''] = /^\s*(\S*)\s*(\S*)\s*([\s\S]*)$/.exec(text) ?? []
  if (numeral === '') return { wrong: 'Which ticket? `/debvisor ticket 12`; `/debvisor tickets` lists them.' }
  const number = /^#?([1-9]\d{0,8})$/.exec(numeral)?.[1]
  if (number === undefined)
    return { wrong: 'A ticket has a number: `/debvisor ticket 12`; `/debvisor tickets` lists them.' }
  const act = readAct(number, verb.toLowerCase(), said.trim(), near)
  return 'wrong' in act ? act : { kind: 'ticket', number: Number(number), act }
}

function readAct(number: string, verb: string, said: string, near: Near): TicketAct | { wrong: string } {
  const whole = `\`/debvisor ticket ${number} ${verb}`
  switch (verb) {
    case '':
    case 'show':
      return said === '' ? { do: 'show' } : { wrong: `${whole}\` stands alone.` }
    case 'take':
    case 'reopen':
      return said === '' ? { do: verb } : { wrong: `${whole}\` stands alone.` }
    case 'comment':
      if (said === '') return { wrong: `What is to be said? ${whole} <text>\`.` }
      return said.length <= LONGEST_COMMENT ? { do: 'comment', text: said } : { wrong: tooLong(said) }
    case 'close':
      if (said.length > LONGEST_COMMENT) return { wrong: tooLong(said) }
      return { do: 'close', reason: said === '' ? null : said }
    case 'assign':
      return readAssign(whole, said)
  }
  return {
    wrong: `${near(verb, ticketActs)} A ticket takes ${ticketActs.map((a) => `\`${a}\``).join(', ')}.`,
  }
}

function readAssign(whole: string, said: string): TicketAct | { wrong: string } {
  if (said === '') return { wrong: `To whom? ${whole} me\`, or \`@\` and a name.` }
  if (/\s/.test(said)) return { wrong: `One person at a time: ${whole} @name\`.` }
  const word = said.toLowerCase()
  if (word === 'me' || word === 'nobody') return { do: 'assign', to: word }
  return said.startsWith('@')
    ? { do: 'assign', to: 'named' }
    : { wrong: `Name the person with \`@\`, as Slack offers it: ${whole} @name\`.` }
}

/** The text is not kept, because whoever wrote it still has it. */
export const tooLong = (said: string): string =>
  `That text has ${said.length} characters, and a ticket takes ${LONGEST_COMMENT} at a time: shorten it, or put it into the thread as a file.`
