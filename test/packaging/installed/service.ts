import assert from 'node:assert/strict'
import type { Life } from './life.ts'
import type { SlackThere } from './slack-there.ts'

/** A start takes 3 s, and ten times that where the machine is busy; after a kill, systemd waits for RestartSec before it. */
export const UP_WITHIN_S = 90

export const isUp = 'curl -fsS -m 2 http://127.0.0.1:8090/health'

/** The service under a real systemd: refused, up, at work, killed, behind its walls. */
export async function checkService({ check, debian }: Life, slack: SlackThere): Promise<void> {
  const { root, until } = debian
  const secret = (name: string, text: string) =>
    root(
      `runuser -u debvisor-bot -- sh -c 'umask 077; cat >/etc/debvisor-bot/secrets/${name}' <<'END'\n${text}\nEND`,
    )

  await check('an invalid token is refused in a sentence, and tried again later', async () => {
    await root(`sed -i 's|^slack:|slack:\\n  apiUrl: ${slack.apiUrl}|' /etc/debvisor-bot/debvisor.yml`)
    await secret('slack-bot-token', `xoxb-${'0'.repeat(12)}-wrong`)
    await secret('slack-app-token', slack.appToken)
    await root('systemctl start debvisor-bot')
    const said = await until(
      UP_WITHIN_S,
      'the journal says what is wrong',
      `test "$(systemctl show -P SubState debvisor-bot)" = auto-restart; journalctl -u debvisor-bot -o cat --no-pager`,
    )
    assert.match(said, /invalid_auth|token/i)
    assert.doesNotMatch(said, /at .*\.js:\d+/)
    assert.equal(await root('systemctl show -P ExecMainStatus debvisor-bot'), '3')
  })

  await check('with tokens it is up: store, queue and Slack', async () => {
    await secret('slack-bot-token', slack.botToken)
    await root('systemctl restart debvisor-bot')
    await until(UP_WITHIN_S, '/health answers 200', isUp)
    assert.match(await root('journalctl -u debvisor-bot -o cat --no-pager'), /the bot is up/)
  })

  await check(
    'its process is debvisor-bot’s, with no capability, no new privilege, and a filter of system calls',
    async () => {
      const status = await root('cat /proc/$(systemctl show -P MainPID debvisor-bot)/status')
      for (const line of [/^NoNewPrivs:\t1$/m, /^Seccomp:\t2$/m, /^CapEff:\t0+$/m, /^CapBnd:\t0+$/m])
        assert.match(status, line)
      assert.equal(
        await root(
          'pid=$(systemctl show -P MainPID debvisor-bot); stat -c %U /proc/$pid; readlink /proc/$pid/exe',
        ),
        'debvisor-bot\n/usr/lib/debvisor-bot/bin/node',
      )
    },
  )

  await check('it writes to its state and its /tmp, and nowhere else', async () => {
    const inside = 'nsenter -t $(systemctl show -P MainPID debvisor-bot) -m --'
    const tried = await root(
      `for at in /etc /etc/debvisor-bot /usr/lib/debvisor-bot /var/log /root /home /var/lib /var/lib/debvisor-bot /tmp; do
         ${inside} sh -c 'touch "$1/x" 2>/dev/null && rm "$1/x" && echo "$1"' sh $at || true; done`,
    )
    assert.equal(tried, '/var/lib/debvisor-bot\n/tmp')
  })

  await check('a command in Slack diagnoses a host over SSH, from behind these walls', async () => {
    await root(lookerOnThisHost)
    await root('systemctl restart debvisor-bot')
    await until(UP_WITHIN_S, '/health answers 200', isUp)
    assert.match(await slack.verdict('diagnose service here'), /here/)
    assert.match(
      await root('journalctl -u debvisor-bot -o cat --no-pager | grep -c "\\"level\\":50" || true'),
      /^0$/,
    )
  })

  await check('kill -9 brings it back by itself', async () => {
    const was = await root('systemctl show -P MainPID debvisor-bot')
    await root('systemctl kill -s KILL debvisor-bot')
    await until(
      UP_WITHIN_S,
      'another process is up',
      `test "$(systemctl show -P MainPID debvisor-bot)" != ${was}; ${isUp}`,
    )
  })

  await check('secrets may come from systemd’s credentials, as the shipped example has them', async () => {
    const dropIn = '/etc/systemd/system/debvisor-bot.service.d'
    await root(`mkdir -p ${dropIn} /etc/debvisor-bot/credentials
      cp /usr/share/doc/debvisor-bot/examples/credentials.conf ${dropIn}/
      mv /etc/debvisor-bot/secrets/slack-* /etc/debvisor-bot/credentials/
      chown -R root:root /etc/debvisor-bot/credentials; chmod 700 /etc/debvisor-bot/credentials
      systemctl daemon-reload; systemctl restart debvisor-bot`)
    await until(UP_WITHIN_S, '/health answers 200', isUp)
    await root(`mv /etc/debvisor-bot/credentials/* /etc/debvisor-bot/secrets/; chown debvisor-bot /etc/debvisor-bot/secrets/*
      rm -r ${dropIn} /etc/debvisor-bot/credentials; systemctl daemon-reload; systemctl restart debvisor-bot`)
    await until(UP_WITHIN_S, '/health answers 200', isUp)
  })

  await check('stop drains it, and it ends well before systemd would kill it', async () => {
    const began = performance.now()
    await root('systemctl stop debvisor-bot')
    assert.ok(performance.now() - began < 40_000)
    assert.equal(await root('systemctl show -P Result -P ExecMainStatus debvisor-bot'), 'success\n0')
    await root('systemctl start debvisor-bot')
    await until(UP_WITHIN_S, '/health answers 200', isUp)
  })
}

/** The host itself as one of the inventory, with a login and a key as the README asks for them. */
const lookerOnThisHost = `
useradd --create-home --shell /bin/bash --groups adm,systemd-journal looker
cd /etc/debvisor-bot
runuser -u debvisor-bot -- ssh-keygen -q -t ed25519 -N '' -f secrets/ssh-key
install -d -m 700 -o looker -g looker /home/looker/.ssh
install -m 600 -o looker -g looker secrets/ssh-key.pub /home/looker/.ssh/authorized_keys
printf 'all: { hosts: { here: { ansible_host: 127.0.0.1, ansible_user: looker } } }\\n' >inventory.yml
print=$(ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f2)
runuser -u debvisor-bot -- debvisor hosts trust here --fingerprint "$print"
`
