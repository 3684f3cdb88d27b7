import assert from 'node:assert/strict'
import { install } from './debian-host.ts'
import type { Life } from './life.ts'

/** From a fresh host to a service that waits for its secrets. Answers whether there is one. */
export async function checkInstall({ check, debian, packages }: Life): Promise<boolean> {
  const { root } = debian
  const file = debian.take(packages.file)

  await check(
    'a login of the same name is not taken over: the package says so, and is configured once that is gone',
    async () => {
      const said = await root(`id debvisor-bot >&2; ${install} ${file} 2>&1 && exit 1; true`)
      assert.match(said, /there is a login named debvisor-bot \(uid 1000\)/)
      await root('userdel -r debvisor-bot 2>/dev/null; dpkg --configure debvisor-bot')
    },
  )

  const installed = await check(
    'it is installed: an account that nobody logs in with, folders that nobody else reads',
    async () => {
      assert.equal(await root("dpkg-query -f '${Status}' -W debvisor-bot"), 'install ok installed')
      assert.match(
        await root('getent passwd debvisor-bot'),
        /^debvisor-bot:x:\d{1,3}:\d+:.*:\/var\/lib\/debvisor-bot:\/usr\/sbin\/nologin$/,
      )
      assert.equal(
        await root("stat -c '%U %a %n' /etc/debvisor-bot /etc/debvisor-bot/secrets /var/lib/debvisor-bot"),
        'root 755 /etc/debvisor-bot\ndebvisor-bot 700 /etc/debvisor-bot/secrets\ndebvisor-bot 700 /var/lib/debvisor-bot',
      )
    },
  )

  await check('nothing is started before it is configured, and systemctl says why', async () => {
    assert.equal(await root('systemctl is-enabled debvisor-bot'), 'enabled')
    assert.match(await root('systemctl is-active debvisor-bot || true'), /inactive/)
    const status = await root('systemctl start debvisor-bot; systemctl status debvisor-bot || true')
    assert.match(status, /ConditionDirectoryNotEmpty=\/etc\/debvisor-bot\/secrets was not met/)
  })

  await check('the command works for everybody, with the Node of the package', async () => {
    assert.equal(await root('cd /; runuser -u nobody -- debvisor --version'), packages.version)
    assert.match(
      await root('cd /etc/debvisor-bot; runuser -u debvisor-bot -- debvisor validate 2>&1 || true'),
      /secrets\/slack-bot-token/,
    )
  })

  await check('its files are those of the package: dpkg --verify finds no difference', async () => {
    assert.equal(await root('dpkg --verify debvisor-bot'), '')
  })
  return installed
}
