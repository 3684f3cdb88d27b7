import { asRoot } from './as-root.ts'
import { pause, type Ran } from './exec.ts'
import { type Fault, prelude } from './faults/fault.ts'
import { forwardKernelLog } from './kernel-log.ts'
import type { LabHost } from './state.ts'

/** Breaks the host. An injection that fails is an error of the lab. */
export async function inject(host: LabHost, fault: Fault): Promise<void> {
  const ran = await asRoot(host, `${prelude}\n${fault.inject}\n`, 90)
  await forwardKernelLog(host)
  if (ran.code === 124) throw new Error(`${fault.id}: the injection does not end`)
}

/** One look: exit 0 where the symptom is there. */
export const probe = (host: LabHost, fault: Fault): Promise<Ran> =>
  asRoot(host, `${prelude}\n${fault.probe}\n`, 60)

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
