import { type Choice, chosen, onPristineHosts } from './cases.ts'
import { breakAndProve, probe } from './check.ts'
import { applyChurn, harmlessOn, works } from './churn.ts'
import type { Fault } from './faults/fault.ts'
import { down, reset } from './host.ts'
import { image } from './image.ts'
import { platformNamed } from './platforms/platform.ts'
import type { LabHost } from './state.ts'

export interface VerifyOptions extends Choice {
  readonly jobs: number
  readonly hosts?: string
  /** Harmless changes before the injection and after it. */
  readonly churn?: boolean
}

/** Exit status 0 where every chosen probe fails on a pristine host and passes after the injection. */
export async function verify({ jobs, hosts, churn = false, ...choice }: VerifyOptions): Promise<number> {
  const cases = chosen(choice)
  const options = {
    image: await image(platformNamed(choice.platform)),
    grants: { sudo: 'none' },
    jobs,
    prefix: hosts,
  }
  const sentences = await onPristineHosts(cases, options, async (fault, host) => {
    const start = performance.now()
    const sentence = await prove(fault, host, churn).catch((error: Error) => error.message)
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

async function prove(fault: Fault, host: LabHost, churn: boolean): Promise<string | undefined> {
  if ((await probe(host, fault)).code === 0) return 'its probe passes on a pristine host'
  return breakAndProve(host, fault, churn)
}

/** Makes every harmless change on one host, one after the other. Exit status 0 where the platform works after each. */
export async function verifyChurn(name: string, platform: string): Promise<number> {
  const host = await reset(name, await image(platformNamed(platform)), { sudo: 'none' })
  let wrong = 0
  try {
    for (const one of harmlessOn(host.platform)) {
      const well = await applyChurn(host, [one]).then(() => works(host))
      console.log(`${well ? 'harmless' : 'HARMFUL '}  ${one.id}`)
      if (!well) wrong += 1
    }
  } finally {
    await down(name)
  }
  return wrong === 0 ? 0 : 1
}
