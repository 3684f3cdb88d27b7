/** What really happened to the bot in a round: a suite that breaks nothing proves nothing. */
export interface FaultCounts {
  add(what: FaultCount, times?: number): void
  all(): Readonly<Record<FaultCount, number>>
}

export const faultCounts = [
  'kills',
  'killsWithARun',
  'killsWithAFix',
  'freezes',
  'freezesPastTheLease',
  'freezesPastTheLook',
  'freezesPastTheLeaseWithARun',
  'freezesPastTheLeaseWithAFix',
  'databaseRestarts',
  'databaseConnectionsReset',
  'databaseBlackHoles',
  'commitAnswersLost',
  'commitsLost',
  'hostConnectionsCut',
  'slackRefusals',
  'slackAnswersLost',
  'slackSocketsDropped',
  'deliveriesRepeated',
  'buttonsRaced',
  'pagerFaultsPlanned',
  'pagerFaultsMet',
] as const

export type FaultCount = (typeof faultCounts)[number]

export function openFaultCounts(): FaultCounts {
  const counts = Object.fromEntries(faultCounts.map((name) => [name, 0])) as Record<FaultCount, number>
  return {
    add: (what, times = 1) => {
      counts[what] += times
    },
    all: () => ({ ...counts }),
  }
}
