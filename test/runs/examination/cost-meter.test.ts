import { expect, test } from 'vitest'
import { openCostMeter } from '../../../src/runs/examination/cost-meter.ts'

const isEvidence = (id: string): boolean => !id.startsWith('snapshot_')

test('what the waves of a look took is added up, the part of the snapshot beside it', () => {
  const meter = openCostMeter()
  expect(meter.total()).toBeUndefined()
  meter.add({ cpuMs: 20.4, processes: 5, byCommand: new Map([['found', 12.2]]) }, isEvidence)
  expect(meter.total()).toEqual({ cpuMs: 20, processes: 5 })
  const byCommand = new Map([
    ['disk', 10.5],
    ['snapshot_files', 80.3],
    ['snapshot_system', 120.4],
  ])
  meter.add({ cpuMs: 230.2, processes: 40, byCommand }, isEvidence)
  expect(meter.total()).toEqual({ cpuMs: 251, snapshotCpuMs: 201, processes: 45 })
})
