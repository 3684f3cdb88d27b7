import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A topic whose verdict a test decides: a gate that may be shut, and a host that consists of one file. Both lie in `folder`. */
export const gateRunbook = (folder: string): string => `version: 1
topic: gate
title: A gate
order: 1
symptoms: [It is shut]
probes:
  gate: { title: Gate, run: "cat ${folder}/gate", parse: lines }
  of_host: { title: Snapshot, run: "cat ${folder}/facts", snapshot: true }
  of_packages: { title: Packages, run: "echo >>${folder}/asked; cat ${folder}/packages", snapshot: packages }
findings:
  gate.shut:
    title: The gate is shut
    because: the gate is shut
    when: gate.lines[0] == "shut"
    severity: critical
    symptom: true
    subject: gate
    detail: bolt.conf keeps it
    evidence: [gate]
    resolution: [Open it]
`

/** `facts`: what its snapshot probe prints, a line each. */
export function hostIs(folder: string, gate: 'open' | 'shut', facts: readonly string[]): void {
  writeFileSync(join(folder, 'gate'), `${gate}\n`)
  writeFileSync(join(folder, 'facts'), [...facts, 'end\t\t\t\tof_host', ''].join('\n'))
}
