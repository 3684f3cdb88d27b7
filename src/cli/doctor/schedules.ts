import { authorize } from '../../access/authorize.ts'
import type { Policy } from '../../access/policy.ts'
import type { Config } from '../../config/config.ts'
import { targetWords } from '../../watches/schedule.ts'
import { refusedIn } from './alerts.ts'
import type { Check } from './check.ts'

/** Of each schedule of the configuration: when and where it looks, what it may, and whether its channel can be written to. */
export function checkSchedules(
  { schedules, slack }: Config,
  policy: Policy | undefined,
): Promise<readonly Check[]> {
  const checks = schedules.map(async (schedule): Promise<Check> => {
    const { name, channel, cron, timezone, topic, host } = schedule
    const what = `schedule ${name}`
    const decision = authorize(
      { homeTeam: '', policy },
      {
        principal: { kind: 'schedule', name },
        action: 'diagnose',
        ...{ topic: topic ?? undefined, host: host ?? undefined },
      },
    )
    if (!decision.allowed) {
      const remedy = `add a rule to ${policy?.file}: { effect: allow, schedules: [${name}], actions: [diagnose] }`
      return { what, state: 'bad', said: decision.reason.replace(/\.$/, ''), remedy }
    }
    const refused = await refusedIn(channel, slack)
    if (refused) {
      const said = `the bot cannot read ${channel}, where it is told: ${refused}`
      return { what, state: 'bad', said, remedy: 'type `/invite @debvisor` there, or correct `channel`' }
    }
    return { what, state: 'good', said: `${targetWords(schedule)}, ${cron} ${timezone}` }
  })
  return Promise.all(checks)
}
