import { dbFaults } from './db.ts'
import type { Fault } from './fault.ts'
import { healthyHosts } from './healthy.ts'
import { pairs } from './pairs.ts'
import { panelFaults } from './panel.ts'
import { blindFaults, blindHealthyHosts, blindPairs } from './panel-blind.ts'
import { secondBlindFaults, secondBlindHealthyHosts, secondBlindPairs } from './panel-blind2.ts'
import { thirdBlindFaults, thirdBlindHealthyHosts, thirdBlindPairs } from './panel-blind3.ts'
import { fourthBlindFaults, fourthBlindHealthyHosts, fourthBlindPairs } from './panel-blind4.ts'
import { panelHealthyHosts } from './panel-healthy.ts'
import { panelPairs } from './panel-pairs.ts'
import { performanceFaults } from './performance.ts'
import { serviceFaults } from './service.ts'
import { unseenFaults, unseenHealthyHosts, unseenPairs } from './unseen.ts'
import { moreUnseenFaults, moreUnseenHealthyHosts, moreUnseenPairs } from './unseen2.ts'
import { latestUnseenFaults, latestUnseenHealthyHosts } from './unseen3.ts'
import { newestUnseenFaults, newestUnseenHealthyHosts, newestUnseenPairs } from './unseen4.ts'
import { fifthUnseenFaults, fifthUnseenHealthyHosts, fifthUnseenPairs } from './unseen5.ts'
import { sixthUnseenFaults, sixthUnseenHealthyHosts, sixthUnseenPairs } from './unseen6.ts'
import { seventhUnseenHealthyHosts, seventhUnseenPairs } from './unseen7.ts'
import { eighthUnseenFaults, eighthUnseenHealthyHosts, eighthUnseenPairs } from './unseen8.ts'
import { ninthUnseenFaults } from './unseen9.ts'
import { ninthUnseenHealthyHosts, ninthUnseenPairs } from './unseen9-more.ts'
import { tenthUnseenFaults } from './unseen10.ts'
import { tenthUnseenHealthyHosts, tenthUnseenPairs } from './unseen10-more.ts'
import { websocketFaults } from './websocket.ts'

/** Every case of the lab, in the order of the table that `score` prints. */
export const faults: readonly Fault[] = [
  ...serviceFaults.map((one) => ({ ...one, topic: 'service', kind: 'fault' }) as const),
  ...dbFaults.map((one) => ({ ...one, topic: 'db', kind: 'fault' }) as const),
  ...websocketFaults.map((one) => ({ ...one, topic: 'websocket', kind: 'fault' }) as const),
  ...performanceFaults.map((one) => ({ ...one, topic: 'performance', kind: 'fault' }) as const),
  ...[
    ...unseenFaults,
    ...moreUnseenFaults,
    ...latestUnseenFaults,
    ...newestUnseenFaults,
    ...fifthUnseenFaults,
    ...sixthUnseenFaults,
    ...eighthUnseenFaults,
    ...ninthUnseenFaults,
    ...tenthUnseenFaults,
  ].map((one) => ({ ...one, kind: 'fault', unseen: true }) as const),
  ...pairs.map((one) => ({ ...one, kind: 'pair' }) as const),
  ...[
    ...unseenPairs,
    ...moreUnseenPairs,
    ...newestUnseenPairs,
    ...fifthUnseenPairs,
    ...sixthUnseenPairs,
    ...seventhUnseenPairs,
    ...eighthUnseenPairs,
    ...ninthUnseenPairs,
    ...tenthUnseenPairs,
  ].map((one) => ({ ...one, kind: 'pair', unseen: true }) as const),
  ...healthyHosts.map((one) => ({ ...one, kind: 'healthy', expect: [] }) as const),
  ...[
    ...unseenHealthyHosts,
    ...moreUnseenHealthyHosts,
    ...latestUnseenHealthyHosts,
    ...newestUnseenHealthyHosts,
    ...fifthUnseenHealthyHosts,
    ...sixthUnseenHealthyHosts,
    ...seventhUnseenHealthyHosts,
    ...eighthUnseenHealthyHosts,
    ...ninthUnseenHealthyHosts,
    ...tenthUnseenHealthyHosts,
  ].map((one) => ({ ...one, kind: 'healthy', expect: [], unseen: true }) as const),
  ...panelFaults.map((one) => ({ ...one, platform: 'panel', kind: 'fault' }) as const),
  ...panelPairs.map((one) => ({ ...one, platform: 'panel', kind: 'pair' }) as const),
  ...panelHealthyHosts.map((one) => ({ ...one, platform: 'panel', kind: 'healthy', expect: [] }) as const),
  ...blindFaults.map((one) => ({ ...one, platform: 'panel', kind: 'fault', unseen: true }) as const),
  ...blindPairs.map((one) => ({ ...one, platform: 'panel', kind: 'pair', unseen: true }) as const),
  ...blindHealthyHosts.map(
    (one) => ({ ...one, platform: 'panel', kind: 'healthy', expect: [], unseen: true }) as const,
  ),
  ...secondBlindFaults.map((one) => ({ ...one, platform: 'panel', kind: 'fault', unseen: true }) as const),
  ...secondBlindPairs.map((one) => ({ ...one, platform: 'panel', kind: 'pair', unseen: true }) as const),
  ...secondBlindHealthyHosts.map(
    (one) => ({ ...one, platform: 'panel', kind: 'healthy', expect: [], unseen: true }) as const,
  ),
  ...thirdBlindFaults.map((one) => ({ ...one, platform: 'panel', kind: 'fault', unseen: true }) as const),
  ...thirdBlindPairs.map((one) => ({ ...one, platform: 'panel', kind: 'pair', unseen: true }) as const),
  ...thirdBlindHealthyHosts.map(
    (one) => ({ ...one, platform: 'panel', kind: 'healthy', expect: [], unseen: true }) as const,
  ),
  ...fourthBlindFaults.map((one) => ({ ...one, platform: 'panel', kind: 'fault', unseen: true }) as const),
  ...fourthBlindPairs.map((one) => ({ ...one, platform: 'panel', kind: 'pair', unseen: true }) as const),
  ...fourthBlindHealthyHosts.map(
    (one) => ({ ...one, platform: 'panel', kind: 'healthy', expect: [], unseen: true }) as const,
  ),
]

export function faultNamed(id: string): Fault {
  const found = faults.find((one) => one.id === id)
  if (!found) throw new Error(`there is no fault '${id}': lab faults lists them`)
  return found
}
