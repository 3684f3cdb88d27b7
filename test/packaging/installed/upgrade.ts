import assert from 'node:assert/strict'
import { install } from './debian-host.ts'
import type { Life } from './life.ts'
import { pathsOf } from './life.ts'
import { isUp, UP_WITHIN_S } from './service.ts'

/** To a later version, away, back, and away for good. `before`: the paths of the host as it was without the package. */
export async function checkUpgradeAndRemoval(
  { check, debian, packages }: Life,
  before: ReadonlySet<string>,
): Promise<void> {
  const { root, until } = debian
  const { file, later } = packages
  const sums = 'cd /etc/debvisor-bot; sha256sum debvisor.yml inventory.yml secrets/*'

  await check('an upgrade keeps configuration, secrets and store, and the later version runs', async () => {
    const [was, pid] = [await root(sums), await root('systemctl show -P MainPID debvisor-bot')]
    await root(`${install} ${debian.take(later.file)}`)
    await until(
      UP_WITHIN_S,
      'the later version is up',
      `test "$(systemctl show -P MainPID debvisor-bot)" != ${pid}; ${isUp}`,
    )
    assert.equal(await root('cd /; debvisor --version'), later.version)
    assert.equal(await root(sums), was)
    await root('systemctl stop debvisor-bot')
    assert.match(
      await root('cd /etc/debvisor-bot; runuser -u debvisor-bot -- debvisor audit verify'),
      /[1-9]\d* /,
    )
    await root('systemctl start debvisor-bot')
  })

  await check('what an operator switched off stays off with the next version', async () => {
    await root('systemctl disable --now -q debvisor-bot')
    await root(`${install} /root/${file.slice(file.lastIndexOf('/') + 1)}`)
    assert.equal(await root('systemctl is-enabled debvisor-bot || true'), 'disabled')
    assert.match(await root('systemctl is-active debvisor-bot || true'), /inactive/)
    await root('systemctl enable --now -q debvisor-bot')
    await until(UP_WITHIN_S, 'it is up again', isUp)
  })

  await check('removal stops it, and keeps what a person would miss', async () => {
    const was = await root(sums)
    await root('dpkg -r debvisor-bot')
    assert.equal(await root('pgrep -u debvisor-bot || true'), '')
    assert.equal(await root('systemctl is-active debvisor-bot || true'), 'inactive')
    assert.equal(await root('ls -d /usr/bin/debvisor /usr/lib/debvisor-bot 2>/dev/null || true'), '')
    assert.equal(await root(sums), was)
    assert.notEqual(await root('ls /var/lib/debvisor-bot/store'), '')
  })

  await check('installed again, it goes on', async () => {
    await root(`${install} /root/${later.file.slice(later.file.lastIndexOf('/') + 1)}`)
    await until(UP_WITHIN_S, 'it is up', isUp)
  })

  await check('purge leaves nothing but the locked account', async () => {
    await root('dpkg -P debvisor-bot')
    const left = [...(await pathsOf(debian))].filter((path) => !before.has(path))
    assert.deepEqual(left, [])
    assert.match(await root('getent shadow debvisor-bot'), /^debvisor-bot:[!*]/)
  })
}
