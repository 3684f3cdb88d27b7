import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPolicy } from '../../src/access/load-policy.ts'
import { alertsOfRun } from '../../src/alerts/alert-store.ts'
import { bindChannel } from '../../src/alerts/channel-groups.ts'
import type { Alert } from '../../src/alerts/formats/alert.ts'
import { summaryCounts, summaryLines } from '../../src/alerts/summary-store.ts'
import { runToJoin } from '../../src/runs/requests/join-run.ts'
import { watchersOf } from '../../src/runs/requests/watchers.ts'
import { cancelRun, claimRun } from '../../src/runs/run-lease.ts'
import { createRun, getRun } from '../../src/runs/run-store.ts'
import type { Db } from '../../src/store/db.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { removeAll } from '../retention/remove-all.ts'
import { auditOf, finish, firing, type Replica, replica, resolved, runsOf, source } from './alert-world.ts'

describe.each(storeKinds)('alerts in the %s store', (kind) => {
  let store: TestStore
  let other: Db
  let teams = 0
  beforeAll(async () => {
    store = await openTestStore(kind)
    other = await store.replica()
  })
  afterAll(() => store.stop())

  const newTeam = () => `T${kind.toUpperCase()}${++teams}`
  const open = (more: Partial<Parameters<typeof replica>[1]> = {}) => {
    const team = newTeam()
    return { team, bot: replica(store.db, { team, ...more }) }
  }
  const diagnoses = (bot: Replica) => bot.sent.filter(({ job }) => job.kind === 'diagnose')
  const summariesOf = async (team: string): Promise<string[]> =>
    (
      await store.db.query<{ id: string }>('SELECT id FROM debvisor.alert_summaries WHERE team = $1', [team])
    ).rows.map(({ id }) => id)
  const told = async (team: string) =>
    (await Promise.all((await summariesOf(team)).map((id) => summaryLines(store.db, id)))).flat()

  it('one that fires has its host looked at: the run, its job and the audit', async () => {
    const { team, bot } = open()
    const taken = await bot.take([firing('HighCpuUsage', 'host1')])
    expect(taken).toEqual({ started: 1, joined: 0, known: 0, resolved: 0, told: 0 })
    const [run] = await runsOf(store.db, team)
    expect(run).toMatchObject({
      ...{ topic: 'performance', host: 'host1', production: true, channel: 'C1', state: 'queued' },
      actor: { kind: 'webhook', id: 'prometheus' },
      reason: 'alert `HighCpuUsage`',
    })
    expect(bot.sent).toEqual([{ job: { kind: 'diagnose', runId: run?.id }, options: undefined }])
    expect(await auditOf(store.db, team)).toMatchObject([
      {
        ...{ actor: 'alerts: prometheus', door: 'POST /alerts/prometheus', action: 'diagnose' },
        ...{ decision: 'allowed', host: 'host1', topic: 'performance', target: `run ${run?.code}` },
        asked: 'HighCpuUsage',
      },
    ])
  })

  it('those on hosts of a group are told in the channel that has the group, and all others in that of their sender', async () => {
    const { team, bot } = open()
    await bindChannel(store.db, { team, group: 'production', channel: 'C9', by: 'U1' })
    await bot.take([firing('HighCpuUsage', 'host1'), firing('HighCpuUsage', 'host5')])
    const places = (await runsOf(store.db, team)).map(({ host, channel }) => `${host} ${channel}`)
    expect(places.toSorted()).toEqual(['host1 C9', 'host5 C1'])
    const none = firing('KubePodCrash', 'host2')
    expect(await bot.take([none, firing('KubePodCrash', 'host6')])).toMatchObject({ told: 2 })
    const { rows } = await store.db.query<{ channel: string }>(
      'SELECT channel FROM debvisor.alert_summaries WHERE team = $1 ORDER BY channel',
      [team],
    )
    expect(rows).toEqual([{ channel: 'C1' }, { channel: 'C9' }])
    // What another delivery of the same would join is looked for where it was told.
    expect(await bot.take([firing('HighCpuUsage', 'host1', { fingerprint: 'another' })])).toMatchObject({
      joined: 1,
    })
  })

  it('those of a group are told in the channel of their sender while the bot is not in the channel of the group', async () => {
    const { team, bot } = open({ isIn: async (channel) => channel !== 'C9' })
    await bindChannel(store.db, { team, group: 'production', channel: 'C9', by: 'U1' })
    await bot.take([firing('HighCpuUsage', 'host1'), firing('KubePodCrash', 'host2')])
    expect((await runsOf(store.db, team)).map(({ channel }) => channel)).toEqual(['C1'])
    const { rows } = await store.db.query<{ channel: string }>(
      'SELECT channel FROM debvisor.alert_summaries WHERE team = $1',
      [team],
    )
    expect(rows).toEqual([{ channel: 'C1' }])
  })

  it('one that is told again, however often, starts nothing', async () => {
    const { team, bot } = open()
    const alert = firing('HighCpuUsage', 'host1')
    await bot.take([alert, alert])
    for (let again = 0; again < 3; again++)
      expect(await bot.take([alert])).toMatchObject({ started: 0, joined: 0, known: 1 })
    expect(await runsOf(store.db, team)).toHaveLength(1)
    expect(bot.sent).toHaveLength(1)
    expect(await auditOf(store.db, team)).toHaveLength(1)
  })

  it('one that is resolved and fires again is another one', async () => {
    const { team, bot } = open()
    const first = firing('HighCpuUsage', 'host1')
    await bot.take([first])
    const [run] = await runsOf(store.db, team)
    await finish(store.db, run as never)
    await bot.take([resolved(first)])
    expect(await bot.take([firing('HighCpuUsage', 'host1')])).toMatchObject({ started: 1 })
    expect(await runsOf(store.db, team)).toHaveLength(2)
  })

  it('one that began anew without an end is another one', async () => {
    const { team, bot } = open()
    await bot.take([firing('HighCpuUsage', 'host1')])
    await finish(store.db, (await runsOf(store.db, team))[0] as never)
    const [run] = await runsOf(store.db, team)
    await bot.take([firing('KubePodCrash', 'host1')])
    const [summary] = await summariesOf(team)
    await store.db.query('UPDATE debvisor.alert_summaries SET is_due = false WHERE id = $1', [summary])
    bot.sent.splice(0)
    const again = [firing('HighCpuUsage', 'host1'), firing('KubePodCrash', 'host1')]
    expect(await bot.take(again)).toMatchObject({ started: 1, told: 1 })
    // The first is over, and its thread and its message say so.
    expect(bot.sent.map(({ job }) => job)).toEqual([
      { kind: 'alert-recheck', runId: run?.id },
      { kind: 'redraw', runId: run?.id },
      { kind: 'alert-summary', summaryId: summary },
      { kind: 'diagnose', runId: expect.any(String) },
    ])
  })

  it('a notice that comes after the end of its firing, or before its beginning was told, starts nothing', async () => {
    const { team, bot } = open()
    const late = firing('HighCpuUsage', 'host1')
    await bot.take([late])
    await bot.take([resolved(late)])
    expect(await bot.take([late])).toMatchObject({ started: 0, known: 1 })
    const turned = firing('HighCpuUsage', 'host2')
    expect(await bot.take([resolved(turned)])).toMatchObject({ resolved: 0 })
    expect(await bot.take([turned])).toMatchObject({ started: 0, known: 1 })
    expect(await runsOf(store.db, team)).toHaveLength(1)
  })

  it('whose end another replica takes between the two steps of a notice starts and tells nothing', async () => {
    const team = newTeam()
    const second = replica(other, { team })
    const alerts = [firing('HighCpuUsage', 'host1'), firing('KubePodCrash', 'host2')]
    let steps = 0
    const interrupted: Db = {
      ...store.db,
      tx: async (work) => {
        const result = await store.db.tx(work)
        if (++steps === 1) await second.take(alerts.map(resolved))
        return result
      },
    }
    const bot = replica(interrupted, { team })
    expect(await bot.take(alerts)).toMatchObject({ started: 0, told: 0, known: 2 })
    expect(steps).toBeGreaterThan(1)
    expect(await runsOf(store.db, team)).toEqual([])
    expect([...bot.sent, ...second.sent]).toEqual([])
  })

  it('an old end does not end what fires now', async () => {
    const { bot } = open()
    const day = 86_400_000
    const now = firing('HighCpuUsage', 'host1')
    await bot.take([now])
    const before = { ...resolved(now), startsAt: new Date((now.startsAt?.getTime() ?? 0) - day) }
    expect(await bot.take([before])).toMatchObject({ resolved: 0 })
    expect(await bot.take([resolved(now)])).toMatchObject({ resolved: 1 })
  })

  it('those of one topic and host are one run, in one notice or several, also when it has just looked', async () => {
    const { team, bot } = open()
    expect(
      await bot.take([firing('HighCpuUsage', 'host1'), firing('DiskSpaceRunningLow', 'host1')]),
    ).toMatchObject({ started: 2 })
    const [run] = await runsOf(store.db, team)
    expect(run?.reason).toBe('alerts `HighCpuUsage`, `DiskSpaceRunningLow`')
    const more = (name: string) => firing('HighCpuUsage', 'host1', { fingerprint: name })
    expect(await bot.take([more('queued')])).toMatchObject({ joined: 1 })
    await finish(store.db, run as never)
    expect(await bot.take([more('ended')])).toMatchObject({ joined: 1 })
    expect(await runsOf(store.db, team)).toHaveLength(1)
    expect(await alertsOfRun(store.db, run?.id ?? '')).toHaveLength(4)
    expect(diagnoses(bot)).toHaveLength(1)
    expect(await watchersOf(store.db, run?.id ?? '')).toEqual([])
  })

  it('another one later has the host looked at again, in the thread of the first', async () => {
    const { team, bot } = open()
    await bot.take([firing('HighCpuUsage', 'host1')])
    const [run] = await runsOf(store.db, team)
    await finish(store.db, run as never)
    await store.db.query("UPDATE debvisor.runs SET created_at = now() - interval '6 minutes' WHERE id = $1", [
      run?.id,
    ])
    await bot.take([firing('DiskSpaceRunningLow', 'host1')])
    expect((await runsOf(store.db, team))[0]).toMatchObject({ parent: run?.id })
  })

  it('joins what a person asked for in the channel, and a person joins what an alert asked for', async () => {
    const { team, bot } = open()
    const mine = await createRun(store.db, {
      ...{ team, topic: 'service', host: 'host3', production: false, channel: 'C1', responseUrl: null },
      actor: { kind: 'user', id: 'U1' },
    })
    expect(await bot.take([firing('InstanceDown', 'host3')])).toMatchObject({ started: 0, joined: 1 })
    expect(await watchersOf(store.db, mine.id)).toEqual([])
    await bot.take([firing('InstanceDown', 'host4')])
    const asked = { team, topic: 'service', host: 'host4', channel: 'C1', user: 'U2' }
    expect(await runToJoin(store.db, asked)).toMatchObject({ actor: { kind: 'webhook' } })
    expect(await runsOf(store.db, team)).toHaveLength(2)
  })

  it('what a person cancelled is not joined', async () => {
    const { team, bot } = open()
    await bot.take([firing('HighCpuUsage', 'host1')])
    await cancelRun(store.db, (await runsOf(store.db, team))[0]?.id ?? '', 'U1')
    expect(await bot.take([firing('DiskSpaceRunningLow', 'host1')])).toMatchObject({ started: 1 })
  })

  it('what no runbook knows, and what names no host, is told once and in the audit, and runs nothing', async () => {
    const { team, bot } = open()
    const odd = [firing('KubePodCrash', 'host1'), firing('HighCpuUsage', 'host99')]
    expect(await bot.take(odd)).toMatchObject({ started: 0, told: 2 })
    expect(await bot.take(odd)).toMatchObject({ told: 0, known: 2 })
    expect(await runsOf(store.db, team)).toEqual([])
    expect(await told(team)).toEqual([
      {
        outcome: 'no-host',
        name: 'HighCpuUsage',
        topic: 'performance',
        host: 'host99',
        count: 1,
        resolved: 0,
      },
      { outcome: 'no-topic', name: 'KubePodCrash', topic: null, host: 'host1', count: 1, resolved: 0 },
    ])
    expect(bot.sent.map(({ job }) => job.kind)).toEqual(['alert-summary'])
    expect(await auditOf(store.db, team)).toMatchObject([
      {
        decision: 'refused',
        asked: 'KubePodCrash',
        host: 'host1',
        reason: expect.stringContaining('No runbook'),
      },
      { decision: 'refused', asked: 'HighCpuUsage', host: null, reason: expect.stringContaining('no host') },
    ])
  })

  it('a name that no runbook lists has the topic that the configuration gives it', async () => {
    const { team, bot } = open({ sources: [source({ topics: { disk: 'performance' } })] })
    await bot.take([firing('Disk', 'host1')])
    expect(await runsOf(store.db, team)).toMatchObject([{ topic: 'performance', reason: 'alert `Disk`' }])
  })

  it('a storm starts as many as the source may, and tells the rest in one message with one row', async () => {
    const { team, bot } = open({ sources: [source({ most: 3 })] })
    const storm = Array.from({ length: 50 }, (_, at) => firing('HighCpuUsage', `host${at + 1}`))
    expect(await bot.take(storm.slice(0, 20))).toMatchObject({ started: 3, told: 17 })
    expect(await bot.take(storm)).toMatchObject({ started: 0, told: 30, known: 20 })
    expect(await bot.take([firing('DiskSpaceRunningLow', 'host1')])).toMatchObject({ joined: 1 })
    expect(await runsOf(store.db, team)).toHaveLength(3)
    expect(await summariesOf(team)).toHaveLength(1)
    expect(await told(team)).toMatchObject([{ outcome: 'capped', name: 'HighCpuUsage', count: 47 }])
    expect(bot.sent.filter(({ job }) => job.kind === 'alert-summary')).toHaveLength(1)
    const refused = (await auditOf(store.db, team)).filter(({ decision }) => decision === 'refused')
    expect(refused.map(({ asked }) => asked)).toEqual(['HighCpuUsage (17)', 'HighCpuUsage (30)'])
  })

  it('what a storm left out is looked at when it still fires and there is room again', async () => {
    const { team, bot } = open({ sources: [source({ most: 3 })] })
    const storm = Array.from({ length: 8 }, (_, at) => firing('HighCpuUsage', `host${at + 1}`))
    expect(await bot.take(storm)).toMatchObject({ started: 3, told: 5 })
    expect(await bot.take(storm)).toMatchObject({ started: 0, told: 0, known: 8 })
    await store.db.query(
      `UPDATE debvisor.alerts SET fired_at = fired_at - interval '11 minutes' WHERE team = $1`,
      [team],
    )
    expect(await bot.take(storm)).toMatchObject({ started: 3, told: 0, known: 5 })
    expect(await runsOf(store.db, team)).toHaveLength(6)
    expect(await told(team)).toMatchObject([{ outcome: 'capped', count: 2 }])
  })

  it('leave half of the places in the queue to people', async () => {
    const bot = replica(store.db, { team: 'TQ', waiting: 4 })
    const storm = Array.from({ length: 5 }, (_, at) => firing('HighCpuUsage', `host${at + 1}`))
    expect(await bot.take(storm)).toMatchObject({ started: 2, told: 3 })
  })

  it('what its groups or the access policy do not allow is refused, by name', async () => {
    const read = readPolicy(
      'access.yml',
      `version: 1
rules:
  - { effect: allow, users: all, actions: [read, diagnose] }
  - { effect: allow, alerts: [prometheus], topics: [performance], actions: [diagnose] }
  - { effect: deny, alerts: all, hosts: [host2], actions: [diagnose] }`,
      {
        topics: ['performance', 'service'],
        hosts: ['host1', 'host2', 'host3'],
        alerts: ['prometheus', 'grafana'],
      },
    )
    if (!read.ok) throw new Error(JSON.stringify(read.problems))
    const limited = source({ hostGroups: ['production'] })
    const { team, bot } = open({ policy: read.policy, sources: [limited, source({ name: 'grafana' })] })
    const all = ['host1', 'host2', 'host3'].map((host) => firing('HighCpuUsage', host))
    expect(await bot.take(all)).toMatchObject({ started: 1, told: 2 })
    expect(await bot.take([firing('InstanceDown', 'host1')])).toMatchObject({ told: 1 })
    expect(await bot.take([firing('HighCpuUsage', 'host1')], source({ name: 'grafana' }))).toMatchObject({
      told: 1,
    })
    expect(await runsOf(store.db, team)).toMatchObject([{ host: 'host1', topic: 'performance' }])
    const rows = await auditOf(store.db, team)
    expect(rows[0]).toMatchObject({ decision: 'allowed', reason: expect.stringContaining('rule 2') })
    const reasons = rows.filter(({ decision }) => decision === 'refused').map(({ reason }) => reason)
    expect(reasons.join('\n')).toMatch(/host2 .*rule 3.*denies[\s\S]*service.*no rule[\s\S]*grafana.*no rule/)
  })

  it('what a stranger wrote as a name breaks out of nothing', async () => {
    const { team, bot } = open({ sources: [source({ topics: { 'x` <!channel> hunter2': 'service' } })] })
    await bot.take([firing('x` <!channel> hunter2', 'host1')])
    const [run] = await runsOf(store.db, team)
    expect(run?.reason).toBe('alert `x <!channel> [hidden]`')
  })

  it('what no store takes as text keeps no notice from being taken', async () => {
    const { team, bot } = open()
    const odd = ['\u0000', '\ud800', 'x\udc00\u0000\u202ey', '😀'.repeat(60)]
    const notice = odd.map((name) => firing(name, `host${name}`))
    expect(await bot.take([...notice, firing('HighCpuUsage', 'host1')])).toMatchObject({
      started: 1,
      told: 4,
    })
    expect((await told(team)).map(({ name }) => name).sort()).toEqual(
      ['without a name', 'x y', `${'😀'.repeat(39)}…`].sort(),
    )
  })

  describe('on several replicas, with crashes', () => {
    it('any order of deliveries starts each firing once', async () => {
      const names = ['HighCpuUsage', 'DiskSpaceRunningLow', 'InstanceDown', 'KubePodCrash']
      const alerts = names.flatMap((name) => ['host1', 'host2'].map((host) => firing(name, host)))
      const notices = fc.array(fc.subarray(alerts, { minLength: 1 }), { minLength: 2, maxLength: 6 })
      await fc.assert(
        fc.asyncProperty(notices, async (deliveries) => {
          const team = newTeam()
          const bots = [replica(store.db, { team }), replica(other, { team })]
          await Promise.all(deliveries.map((notice, at) => bots[at % 2]?.take(notice)))
          const { rows } = await store.db.query<{ fingerprint: string; run: string | null }>(
            'SELECT fingerprint, run_id AS run FROM debvisor.alerts WHERE team = $1',
            [team],
          )
          const told = new Set(deliveries.flat().map(({ fingerprint }) => fingerprint))
          expect(rows.map(({ fingerprint }) => fingerprint).sort()).toEqual([...told].sort())
          const runs = await runsOf(store.db, team)
          const places = runs.map(({ host, topic }) => `${host} ${topic}`)
          expect(new Set(places).size).toBe(places.length)
          expect(new Set(rows.flatMap(({ run }) => run ?? [])).size).toBe(runs.length)
          expect(bots.flatMap(diagnoses)).toHaveLength(runs.length)
        }),
        { numRuns: kind === 'postgres' ? 25 : 10 },
      )
    }, 60_000)

    it('a storm that all of them take at once starts no more than one may, and is told once', async () => {
      const team = newTeam()
      const sources = [source({ most: 3 })]
      const bots = [replica(store.db, { team, sources }), replica(other, { team, sources })]
      const storm = Array.from({ length: 48 }, (_, at) => firing('HighCpuUsage', `host${at + 1}`))
      const notices = Array.from({ length: 12 }, (_, at) => storm.slice(4 * at, 4 * at + 8))
      await Promise.all(notices.map((notice, at) => bots[at % 2]?.take(notice)))
      expect(await runsOf(store.db, team)).toHaveLength(3)
      expect(await summariesOf(team)).toHaveLength(1)
      expect(await told(team)).toMatchObject([{ count: 45 }])
      const jobs = bots.flatMap(({ sent }) => sent).filter(({ job }) => job.kind === 'alert-summary')
      expect(jobs).toHaveLength(1)
    })

    it.each([
      'INSERT INTO debvisor.runs',
      'INSERT INTO debvisor.alerts',
      'INSERT INTO debvisor.alert_summaries',
      'INSERT INTO debvisor.audit',
      'UPDATE debvisor.audit_head',
      'pg_advisory_xact_lock',
    ])(
      'a process that dies before %s leaves half of nothing, and the next delivery does the rest',
      async (at) => {
        const team = newTeam()
        const notice: Alert[] = [
          firing('HighCpuUsage', 'host1'),
          firing('InstanceDown', 'host2'),
          firing('KubePodCrash', 'host1'),
        ]
        let left = 1
        const dying = replica(store.db, { team }, () => (left > 0 ? at : undefined))
        await expect(dying.take(notice)).rejects.toThrow('died')
        left = 0
        const next = replica(other, { team })
        await next.take(notice)
        await next.take(notice)
        const runs = await runsOf(store.db, team)
        expect(runs.map(({ topic }) => topic).sort()).toEqual(['performance', 'service'])
        expect(await told(team)).toMatchObject([{ name: 'KubePodCrash', count: 1 }])
        const rows = await auditOf(store.db, team)
        expect(rows.map(({ target }) => target).sort()).toEqual(
          [...runs.map(({ code }) => `run ${code}`), null].sort(),
        )
      },
    )

    it('a replica that lags behind with an old notice does not start it again', async () => {
      const team = newTeam()
      const [one, two] = [replica(store.db, { team }), replica(other, { team })]
      const alert = firing('HighCpuUsage', 'host1')
      await one.take([alert])
      await Promise.all([one.take([resolved(alert)]), two.take([resolved(alert)])])
      await Promise.all([one.take([alert]), two.take([alert])])
      expect(await runsOf(store.db, team)).toHaveLength(1)
      const again = [...one.sent, ...two.sent].filter(({ job }) => job.kind === 'alert-recheck')
      expect(again).toHaveLength(1)
    })
  })

  describe('that are over', () => {
    const begin = async (...names: string[]) => {
      const { team, bot } = open()
      const alerts = names.map((name) => firing(name, 'host1'))
      await bot.take(alerts)
      const [run] = await runsOf(store.db, team)
      if (!run) throw new Error('nothing was started')
      bot.sent.splice(0)
      return { team, bot, alerts, run }
    }

    it('have the same topic and host looked at again in that thread, once for all who ask', async () => {
      const { team, bot, alerts, run } = await begin('HighCpuUsage')
      await finish(store.db, run)
      expect(await bot.take(alerts.map(resolved))).toMatchObject({ resolved: 1 })
      expect(bot.sent.map(({ job }) => job)).toEqual([
        { kind: 'alert-recheck', runId: run.id },
        { kind: 'redraw', runId: run.id },
      ])
      const second = replica(other, { team })
      await Promise.all([bot.lookAfterEnd(run.id), second.lookAfterEnd(run.id), bot.lookAfterEnd(run.id)])
      const [again, ...before] = await runsOf(store.db, team)
      expect(before).toHaveLength(1)
      expect(again).toMatchObject({
        ...{ parent: run.id, topic: 'performance', host: 'host1', channel: 'C1' },
        actor: { kind: 'webhook', id: 'prometheus' },
        reason: `alert \`HighCpuUsage\` resolved, checks run ${run.code} again`,
      })
      expect(await alertsOfRun(store.db, again?.id ?? '')).toMatchObject([{ isRecheck: true }])
      expect(await bot.take(alerts.map(resolved))).toMatchObject({ resolved: 0 })
      expect((await auditOf(store.db, team)).map(({ asked, target }) => [asked, target])).toEqual([
        ['HighCpuUsage', `run ${run.code}`],
        ['resolved: HighCpuUsage', null],
        ['resolved: HighCpuUsage', `run ${again?.code}`],
      ])
    })

    it('wait for the last of them', async () => {
      const { team, bot, alerts, run } = await begin('HighCpuUsage', 'DiskSpaceRunningLow')
      await finish(store.db, run)
      await bot.take(alerts.slice(0, 1).map(resolved))
      await bot.lookAfterEnd(run.id)
      expect(await runsOf(store.db, team)).toHaveLength(1)
      await bot.take(alerts.slice(1).map(resolved))
      await bot.lookAfterEnd(run.id)
      expect((await runsOf(store.db, team))[0]?.reason).toContain('alerts `')
    })

    it('before their look has begun have that one look for both; while it looks, another follows it', async () => {
      const queued = await begin('HighCpuUsage')
      await queued.bot.take(queued.alerts.map(resolved))
      await queued.bot.lookAfterEnd(queued.run.id)
      expect(await runsOf(store.db, queued.team)).toHaveLength(1)
      expect(await alertsOfRun(store.db, queued.run.id)).toMatchObject([{ isRecheck: true }])

      const looking = await begin('HighCpuUsage')
      await claimRun(store.db, looking.run.id, 'w')
      await store.db.query("UPDATE debvisor.runs SET started_at = now() - interval '1 s' WHERE id = $1", [
        looking.run.id,
      ])
      await looking.bot.take(looking.alerts.map(resolved))
      looking.bot.sent.splice(0)
      await looking.bot.lookAfterEnd(looking.run.id)
      expect(await runsOf(store.db, looking.team)).toHaveLength(1)
      expect(looking.bot.sent).toEqual([
        { job: { kind: 'alert-recheck', runId: looking.run.id }, options: { afterMs: 5_000 } },
      ])
      await finish(store.db, looking.run)
      await looking.bot.lookAfterEnd(looking.run.id)
      expect(await runsOf(store.db, looking.team)).toHaveLength(2)
    })

    it('wait for what another thread shows, so that this one says how the host is', async () => {
      const { team, bot, alerts, run } = await begin('HighCpuUsage')
      await finish(store.db, run)
      await bot.take(alerts.map(resolved))
      bot.sent.splice(0)
      const theirs = await createRun(store.db, {
        ...{ team, topic: 'performance', host: 'host1', production: true, channel: 'C1', responseUrl: null },
        actor: { kind: 'user', id: 'U1' },
      })
      await bot.lookAfterEnd(run.id)
      expect(bot.sent.map(({ job }) => job.kind)).toEqual(['alert-recheck'])
      await finish(store.db, theirs)
      await bot.lookAfterEnd(run.id)
      expect((await runsOf(store.db, team))[0]).toMatchObject({ parent: run.id })
    })

    it('and whose look was cancelled, or may not be had any more, have nothing looked at', async () => {
      const cancelled = await begin('HighCpuUsage')
      await cancelRun(store.db, cancelled.run.id, 'U1')
      await cancelled.bot.take(cancelled.alerts.map(resolved))
      await cancelled.bot.lookAfterEnd(cancelled.run.id)
      expect(await runsOf(store.db, cancelled.team)).toHaveLength(1)

      const refused = await begin('HighCpuUsage')
      await finish(store.db, refused.run)
      await refused.bot.take(refused.alerts.map(resolved))
      const policy = readPolicy('access.yml', 'version: 1\nrules: []', { hosts: ['host1'] })
      const now = replica(store.db, { team: refused.team, ...(policy.ok ? { policy: policy.policy } : {}) })
      await now.lookAfterEnd(refused.run.id)
      expect(await runsOf(store.db, refused.team)).toHaveLength(1)
      expect((await auditOf(store.db, refused.team)).at(-1)).toMatchObject({
        decision: 'refused',
        host: 'host1',
      })
    })

    it('a process that dies before the look is stored has it started by the next', async () => {
      const { team, bot, alerts, run } = await begin('HighCpuUsage')
      await finish(store.db, run)
      await bot.take(alerts.map(resolved))
      const dying = replica(store.db, { team }, () => 'UPDATE debvisor.alerts SET recheck')
      await expect(dying.lookAfterEnd(run.id)).rejects.toThrow('died')
      expect(await runsOf(store.db, team)).toHaveLength(1)
      await replica(other, { team }).lookAfterEnd(run.id)
      expect(await runsOf(store.db, team)).toHaveLength(2)
      expect(await getRun(store.db, run.id)).toMatchObject({ state: 'done' })
    })
  })

  it('those of whom nothing was heard for a month are forgotten', async () => {
    const { team, bot } = open()
    await bot.take([firing('KubePodCrash', 'host1')])
    await store.db.query("UPDATE debvisor.alerts SET seen_at = now() - interval '31 days' WHERE team = $1", [
      team,
    ])
    await removeAll(store.db)
    await bot.take([firing('KubePodCrash', 'host2')])
    expect(await told(team)).toMatchObject([{ host: 'host2', count: 1 }])
  })

  it('are forgotten however many there are, and a summary with its message', async () => {
    const { team, bot } = open()
    await bot.take(Array.from({ length: 400 }, (_, at) => firing('KubePodCrash', `host1-${at}`)))
    const [summary] = await summariesOf(team)
    const message = (runId: string | undefined) =>
      store.db.query(
        "INSERT INTO debvisor.messages (run_id, key, channel, ts) VALUES ($1, 'alerts', 'C1', '1.1') RETURNING 1",
        [runId],
      )
    await message(summary)
    await store.db.query("UPDATE debvisor.alerts SET seen_at = now() - interval '31 days' WHERE team = $1", [
      team,
    ])
    await store.db.query(
      "UPDATE debvisor.alert_summaries SET created_at = now() - interval '61 days' WHERE team = $1",
      [team],
    )
    await bot.take(Array.from({ length: 200 }, (_, at) => firing('KubePodCrash', `host2-${at}`)))
    await removeAll(store.db)
    const [now] = await summariesOf(team)
    expect(now).not.toBe(summary)
    await message(now)
    const { rows } = await store.db.query<{ id: string }>(
      'SELECT run_id AS id FROM debvisor.messages WHERE run_id = ANY ($1)',
      [[summary, now]],
    )
    expect(rows).toEqual([{ id: now }])
    const left = await store.db.query(
      "SELECT 1 FROM debvisor.alerts WHERE team = $1 AND host LIKE 'host1-%'",
      [team],
    )
    expect(left.rows).toEqual([])
  })

  it('are counted all, however many names they have, and named as far as anybody reads', async () => {
    const { team, bot } = open()
    const storm = Array.from({ length: 260 }, (_, at) => firing(`Odd${at}`, 'host1'))
    await bot.take([...storm, firing('HighCpuUsage', 'host99')])
    await bot.take(storm.slice(0, 5).map(resolved))
    const [summary = ''] = await summariesOf(team)
    expect(await summaryCounts(store.db, summary)).toEqual([
      { outcome: 'no-topic', count: 260, resolved: 5, names: 260 },
      { outcome: 'no-host', count: 1, resolved: 0, names: 1 },
    ])
    const lines = await told(team)
    expect(lines.length).toBeLessThan(100)
    expect(lines.filter(({ outcome }) => outcome === 'no-host')).toHaveLength(1)

    const sixty = Array.from({ length: 60 }, (_, at) =>
      firing('HighCpuUsage', 'host1', { fingerprint: `${team} ${at}` }),
    )
    await bot.take(sixty)
    const [run] = await runsOf(store.db, team)
    const shown = await alertsOfRun(store.db, run?.id ?? '')
    expect(shown).toHaveLength(50)
    expect(shown[0]).toMatchObject({ alike: 60 })
  })
})
