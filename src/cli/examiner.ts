import { systemClock } from '../async/clock.ts'
import { loginSettings } from '../config/logins.ts'
import { makeHosts } from '../inventory/host-connections.ts'
import type { Examiner } from '../runs/examination/examine.ts'
import type { SetUp } from './set-up.ts'

export const examinerOf = ({ config, inventory, redactor }: SetUp): Examiner => ({
  hosts: makeHosts(inventory, loginSettings(config)),
  redactor,
  clock: systemClock,
})
