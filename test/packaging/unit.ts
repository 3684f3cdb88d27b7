import assert from 'node:assert/strict'
import { run } from '../lab/exec.ts'
import { repoDir } from '../lab/places.ts'
import type { Tally } from './tally.ts'

const unit = `${repoDir}packaging/systemd/debvisor-bot.service`

/** S25: how much of the machine the service may reach is bounded, and stays so. 20 is 2.0 of 10. */
export async function checkUnit(tally: Tally): Promise<void> {
  await tally.check('systemd-analyze security gives the unit 2.0 or less (S25)', async () => {
    const { code, out, err } = await run('systemd-analyze', [
      'security',
      '--offline=true',
      '--threshold=20',
      unit,
    ])
    assert.equal(code, 0, `${out}\n${err}`)
    assert.match(out, /Overall exposure level for debvisor-bot\.service: [01]\.\d/)
  })
  await tally.check('the gate closes for a unit that is not hardened', async () => {
    const bare = await run('sh', [
      '-c',
      `grep -vE '^(Protect|Private|Restrict|SystemCall|NoNew|Capab|User=|Lock)' "$0" >"$1" &&
      systemd-analyze security --offline=true --threshold=20 "$1"; status=$?; rm -f "$1"; exit $status`,
      unit,
      '/tmp/debvisor-bare.service',
    ])
    assert.equal(bare.code, 1, bare.out)
  })
}
