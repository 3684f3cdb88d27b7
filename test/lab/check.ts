import { asRoot } from './as-root.ts'
import { applyChurn, type Churn, churnFor, works } from './churn.ts'
import { pause, type Ran } from './exec.ts'
import { type Fault, shapeOf } from './faults/fault.ts'
import { forwardKernelLog } from './kernel-log.ts'
import { platformNamed } from './platforms/platform.ts'
import { wordsOf } from './platforms/words.ts'
import type { LabHost } from './state.ts'

/** Breaks the host. An injection that does not end is an error of the lab, and so is a fault of another platform. */
export async function inject(host: LabHost, fault: Fault): Promise<void> {
  const shape = shapeOf(fault)
  if (shape !== platformNamed(host.platform).shape)
    throw new Error(`${fault.id} is for the shape ${shape}; ${host.name} is ${host.platform}`)
  const ran = await asRoot(host, `${wordsOf(host.platform).prelude}\n${fault.inject}\n`, 90)
  await forwardKernelLog(host)
  if (ran.code === 124) throw new Error(`${fault.id}: the injection does not end`)
}

/** One look: exit 0 where the symptom is there. */
export const probe = (host: LabHost, fault: Fault): Promise<Ran> =>
  asRoot(host, `${wordsOf(host.platform).prelude}\n${fault.probe}\n`, 60)

/** Looks until the symptom is there. False where it does not come in the fault's time. */
export async function symptom(host: LabHost, fault: Fault): Promise<boolean> {
  const end = Date.now() + (fault.within ?? 12) * 1000
  for (;;) {
    if ((await probe(host, fault)).code === 0) {
      await forwardKernelLog(host)
      return true
    }
    if (Date.now() > end) return false
    await pause(300)
  }
}

/**
 * Breaks a host that is pristine, or, with `churn`, one that has seen harmless changes before the fault and after it. Answers why the symptom is not
 * proved; undefined where it is.
 */
export async function breakAndProve(
  host: LabHost,
  fault: Fault,
  churn: boolean,
): Promise<string | undefined> {
  const { before, after } = churn ? churnFor(fault.id, host.platform) : { before: [], after: [] }
  await applyChurn(host, before)
  if (churn && !(await works(host))) return `the host is not well after ${names(before)}`
  if (churn && (await probe(host, fault)).code === 0) return `its probe passes after ${names(before)}`
  await inject(host, fault)
  if (!(await symptom(host, fault))) return noSymptom(await probe(host, fault))
  await applyChurn(host, after)
  if (churn && !(await symptom(host, fault))) return `the symptom has gone after ${names(after)}`
  return undefined
}

const names = (churn: readonly Churn[]): string => churn.map(({ id }) => id).join(', ')

const noSymptom = ({ code, out, err }: Ran): string =>
  `no symptom; probe: exit ${code} ${out.trim().slice(-300)} ${err.trim().slice(-300)}`
