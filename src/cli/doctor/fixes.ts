import { fixLoginSettings } from '../../config/logins.ts'
import { type FixStep, grantedSteps } from '../../engine/plan/render-fix.ts'
import { type Parameters, resolveParameters } from '../../engine/runbook/parameters.ts'
import { grantableFixes } from '../../engine/sudoers/grantable.ts'
import { makeFixHosts } from '../../fixes/fix-connections.ts'
import { notConfigured } from '../../fixes/offer.ts'
import type { Host } from '../../inventory/inventory.ts'
import type { SetUp } from '../set-up.ts'
import { askSudo } from './ask-sudo.ts'
import type { Check } from './check.ts'

/**
 * Checks that the login for fixes can be reached, and that sudo grants it the steps of every fix. It only asks sudo; no
 * step is run.
 */
export async function checkFixes(
  ready: SetUp,
  host: Host,
  found: ReadonlyMap<string, Parameters>,
): Promise<Check[]> {
  const what = `host ${host.name}, fixes`
  const { config, fixRoutes } = ready
  const route = fixRoutes.get(host.name)
  if (!route) return [{ what, state: 'off', said: notConfigured(host.name).replaceAll('`', '') }]
  const connected = await makeFixHosts(fixRoutes, fixLoginSettings(config)).connect(route)
  if (!connected.ok) {
    const { reason, remedy } = connected.failure
    return [{ what, state: 'bad', said: ready.redactor.output(Buffer.from(reason)), remedy }]
  }
  try {
    const steps = rootSteps(ready, host, found)
    const answers = await askSudo(
      connected.session,
      steps.map(({ argv }) => argv),
    )
    const refused = steps.filter((_, i) => answers[i]?.kind !== 'granted').map(({ text }) => text)
    const said = `reached as ${route.target.user}, ${steps.length - refused.length} of ${steps.length} commands granted`
    const remedy = `see \`debvisor sudoers ${host.name} --fixes\`; not granted: ${refused.join('; ')}`
    return [refused.length === 0 ? { what, state: 'good', said } : { what, state: 'warn', said, remedy }]
  } finally {
    await connected.session.close()
  }
}

/** Each step once, however many fixes and topics share it. */
function rootSteps({ runbooks }: SetUp, host: Host, found: ReadonlyMap<string, Parameters>): FixStep[] {
  const steps = [...runbooks.topics.values()].flatMap((runbook) => {
    const given = resolveParameters(runbook, host.variables)
    const parameters = found.get(runbook.topic) ?? (given.ok ? given.values : {})
    const values = new Map(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
    return grantableFixes(runbook, parameters).flatMap((fix) => grantedSteps(fix, values))
  })
  return [...new Map(steps.map((step) => [step.text, step])).values()].filter(({ as }) => as === 'root')
}
