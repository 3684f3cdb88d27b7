import { must, run } from './exec.ts'

/** The hosts' own network, reachable from this machine alone: no forwarding, no address translation. */
export const bridge = 'dvlab0'
const net = '198.18.0'

export const addressOf = (number: number): string => `${net}.${number}`
export const gateway = addressOf(1)

export async function networkUp(): Promise<void> {
  if ((await run('ip', ['link', 'show', bridge])).code === 0) return
  await must('ip', ['link', 'add', bridge, 'type', 'bridge', 'forward_delay', '0'])
  await must('ip', ['addr', 'add', `${gateway}/24`, 'dev', bridge])
  await must('ip', ['link', 'set', bridge, 'up'])
}

export async function networkDown(): Promise<void> {
  await run('ip', ['link', 'del', bridge])
}
