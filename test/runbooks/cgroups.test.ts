import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { evidenceOf, plant, runScript, scriptOf } from './scripts.ts'

const root = mkdtempSync(join(tmpdir(), 'debvisor-cgroups-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const unit = 'system.slice/debvisor.service'

/** As kernel 6.1 with the unified hierarchy has them; and the same unit under the old one, a folder a controller. */
const layouts = {
  v2: {
    [`${unit}/memory.events`]: 'low 0\nhigh 0\nmax 41\noom 3\noom_kill 2\noom_group_kill 0\n',
    [`${unit}/memory.max`]: '134217728\n',
    [`${unit}/memory.current`]: '133000000\n',
    [`${unit}/memory.stat`]: 'anon 120000000\nfile 13000000\ninactive_file 3000000\n',
    [`${unit}/cpu.max`]: '20000 100000\n',
    [`${unit}/cpu.stat`]:
      'usage_usec 812\nuser_usec 512\nsystem_usec 300\nnr_periods 900\nnr_throttled 450\nthrottled_usec 99\n',
    [`${unit}/pids.max`]: '50\n',
    [`${unit}/pids.current`]: '48\n',
    [`${unit}/pids.events`]: 'max 7\n',
  },
  v1: {
    [`memory/${unit}/memory.failcnt`]: '41\n',
    [`memory/${unit}/memory.oom_control`]: 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
    [`memory/${unit}/memory.limit_in_bytes`]: '134217728\n',
    [`memory/${unit}/memory.usage_in_bytes`]: '133000000\n',
    [`memory/${unit}/memory.stat`]: 'cache 13000000\nrss 120000000\ntotal_inactive_file 3000000\n',
    [`cpu,cpuacct/${unit}/cpu.cfs_quota_us`]: '20000\n',
    [`cpu,cpuacct/${unit}/cpu.cfs_period_us`]: '100000\n',
    [`cpu,cpuacct/${unit}/cpu.stat`]: 'nr_periods 900\nnr_throttled 450\nthrottled_time 99000\n',
    [`pids/${unit}/pids.max`]: '50\n',
    [`pids/${unit}/pids.current`]: '48\n',
    [`pids/${unit}/pids.events`]: 'max 7\n',
  },
}

plant(
  join(root, 'bin'),
  { systemctl: `#!/bin/sh\ncase $* in *--value*) ;; *) printf ControlGroup= ;; esac\necho /${unit}\n` },
  0o755,
)
for (const [layout, files] of Object.entries(layouts)) plant(join(root, layout), files)

const ask = (topic: string, id: string, layout: string) => {
  const script = scriptOf(topic, id).replaceAll('/sys/fs/cgroup', join(root, layout))
  return evidenceOf(topic, id, runScript(script, join(root, 'bin')))
}

describe.each(Object.keys(layouts))('control groups %s', (layout) => {
  it("tell how often DebVisor's limits of memory and tasks were hit", () => {
    expect(ask('service', 'limits', layout).fields).toEqual({
      group: `/${unit}`,
      memory_max: 41n,
      memory_oom_kill: 2n,
      pids_max: 7n,
    })
  })

  it('tell quota, throttling, memory and tasks of every unit with a limit', () => {
    const [row, ...others] = ask('performance', 'groups', layout).rows
    expect(others).toEqual([])
    expect(row).toMatchObject({
      unit: 'debvisor.service',
      quota: 20n,
      allPeriods: 900n,
      allThrottled: 450n,
      memory: 130_000_000n,
      limit: 134_217_728n,
      tasks: 48n,
      tasksMax: 50n,
      path: `/${unit}`,
      io: '-',
      high: 0n,
    })
  })
})

describe('a slice, and a limit of disks', () => {
  const slice = 'system.slice/system-postgresql.slice'
  it('are told with what was used of them', () => {
    plant(join(root, 'slice'), {
      [`${slice}/cpu.max`]: '500 100000\n',
      [`${slice}/cpu.stat`]: 'nr_periods 9\nnr_throttled 8\n',
      [`${slice}/io.max`]:
        '254:0 rbps=max wbps=1048576 riops=max wiops=20\n254:16 rbps=max wbps=max riops=max wiops=max\n',
      [`${slice}/io.stat`]: '254:0 rbytes=9 wbytes=4 rios=1 wios=1 dbytes=0 dios=0\n',
      [`${slice}/io.pressure`]:
        'some avg10=81.50 avg60=2.00 avg300=0.10 total=9\nfull avg10=80.00 avg60=1.00 avg300=0.00 total=8\n',
      [`${slice}/memory.high`]: '134217728\n',
      [`${slice}/memory.current`]: '134000000\n',
      [`${slice}/memory.pressure`]: 'some avg10=41.00 avg60=2.00 avg300=0.10 total=9\n',
      [`${slice}/memory.events`]: 'low 0\nhigh 400\nmax 0\n',
    })
    expect(ask('performance', 'groups', 'slice').rows).toEqual([
      expect.objectContaining({
        unit: 'system-postgresql.slice',
        path: `/${slice}`,
        quota: 1n,
        io: expect.stringMatching(/^\S+ wbps=1048576 wiops=20$/),
        ioUsed: 0n,
        ioPressure: 81.5,
        limit: 0n,
        high: 134_217_728n,
        memory: 134_000_000n,
        exceeded: 0n,
        memoryPressure: 41,
      }),
    ])
  })
})

describe('a unit without limits', () => {
  it('has no row', () => {
    plant(join(root, 'free'), {
      [`${unit}/memory.max`]: 'max\n',
      [`${unit}/cpu.max`]: 'max 100000\n',
      [`${unit}/pids.max`]: 'max\n',
    })
    expect(ask('performance', 'groups', 'free').rows).toEqual([])
  })
})
