import { type Choice, chosen, onPristineHosts } from './cases.ts'
import { inject, probe, symptom } from './check.ts'
import type { Fault } from './faults/fault.ts'
import { image } from './image.ts'
import type { LabHost } from './state.ts'

/** Exit status 0 where every chosen probe fails on a pristine host and passes after the injection. */
export async function verify({ jobs, ...choice }: Choice & { jobs: number }): Promise<number> {
  const cases = chosen(choice)
  const options = { image: await image(), grants: { sudo: 'none' }, jobs }
  const sentences = await onPristineHosts(cases, options, async (fault, host) => {
    const start = performance.now()
    const sentence = await prove(fault, host).catch((error: Error) => error.message)
    const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(5)
    console.log(
      `${sentence === undefined ? 'proved' : 'WRONG '} ${seconds} s  ${fault.id}${sentence ? `: ${sentence}` : ''}`,
    )
    return sentence
  })
  const wrong = sentences.filter((sentence) => sentence !== undefined).length
  console.log(`${cases.length - wrong} of ${cases.length} proved`)
  return wrong === 0 ? 0 : 1
}

async function prove(fault: Fault, host: LabHost): Promise<string | undefined> {
  if ((await probe(host, fault)).code === 0) return 'its probe passes on a pristine host'
  await inject(host, fault)
  if (await symptom(host, fault)) return undefined
  const last = await probe(host, fault)
  return `no symptom; probe: exit ${last.code} ${last.out.trim().slice(-300)} ${last.err.trim().slice(-300)}`
}
