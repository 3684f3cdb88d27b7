import type { OverLimit } from '../../runs/queue/waiting-limits.ts'

/** Which limit, when there is room again, and what to do meanwhile. */
export const overLimitSentence = ({ limit, most, freeInMs, own }: OverLimit): string =>
  `${waiting[limit](most)}: nothing was started. Ask again ${freeAgain(freeInMs)}${cancelling(own)}.`

const waiting: Readonly<Record<OverLimit['limit'], (most: number) => string>> = {
  user: (most) => `You have ${runs(most)} waiting, as many as one person may have`,
  channel: (most) => `${runs(most)} of this channel ${are(most)} waiting, as many as one channel may have`,
  all: (most) => `${runs(most)} ${are(most)} waiting, as many as may wait at all`,
}

const runs = (count: number): string => `${count} run${count === 1 ? '' : 's'}`

const are = (count: number): string => (count === 1 ? 'is' : 'are')

const freeAgain = (ms: number | null): string =>
  ms === null ? 'once one of them has begun' : `in ${inWords(Math.max(1, Math.ceil(ms / 1_000)))}`

const inWords = (seconds: number): string =>
  seconds < 90 ? `about ${seconds} s` : `about ${Math.ceil(seconds / 60)} minutes`

const cancelling = (code: string | null): string =>
  code === null ? '' : `, or cancel one that you no longer need: \`/debvisor cancel ${code}\``
