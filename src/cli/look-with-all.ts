import { resolveParameters } from '../engine/runbook/parameters.ts'
import type { Host } from '../inventory/inventory.ts'
import {
  lookWhatIsThere,
  type SettingOfHost,
  type WhatIsThere,
} from '../runs/examination/look-what-is-there.ts'
import type { ConnectFailure } from '../ssh/outcome.ts'
import { examinerOf } from './examiner.ts'
import type { SetUp } from './set-up.ts'

type LookedWithAll =
  | (Pick<WhatIsThere, 'ok' | 'lookedAt' | 'settings' | 'unanswered'> & {
      /** What the host told, as its variables would say it. */
      readonly found: Readonly<Record<string, unknown>>
    })
  | { readonly ok: false; readonly failure: ConnectFailure }

/** Asks a host what is there, once for all topics that ask the same, and says the parameters of all topics by it. */
export async function lookWithAll(ready: SetUp, host: Host): Promise<LookedWithAll> {
  const settings = new Map<string, SettingOfHost>()
  const found: Record<string, unknown> = {}
  let first: WhatIsThere | undefined
  for (const runbook of ready.runbooks.topics.values()) {
    if ([...runbook.discovered.keys()].some((name) => !settings.has(name))) {
      const there = await lookWhatIsThere(examinerOf(ready), { runbook, host })
      if (!there.ok) return there
      first ??= there
      for (const setting of there.settings) {
        if (settings.get(setting.name)?.from !== 'host') settings.set(setting.name, setting)
        if (setting.from === 'host') found[setting.name] = setting.value
      }
    }
    const resolved = resolveParameters(runbook, host.variables)
    for (const [name, value] of resolved.ok ? Object.entries(resolved.values) : []) {
      const from = Object.hasOwn(host.variables, name) ? 'inventory' : 'default'
      if (!settings.has(name)) settings.set(name, { name, value, from })
    }
  }
  const all = [...settings.values()]
  return { ok: true, lookedAt: first?.lookedAt, unanswered: first?.unanswered, settings: all, found }
}
