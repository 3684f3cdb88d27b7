import { createHash } from 'node:crypto'
import { asRoot } from './as-root.ts'
import { eventually } from './exec.ts'
import { type PlatformName, platformNamed, type Shape } from './platforms/platform.ts'
import { wordsOf } from './platforms/words.ts'
import type { LabHost } from './state.ts'

/** A difference that an admin makes and that does no harm. */
export interface Churn {
  readonly id: string
  /** Shell, run as root with the words of the host's platform; its first command that fails ends it. */
  readonly apply: string
  /** Works on a broken host too, and restarts and reloads nothing that could change a symptom. */
  readonly late?: true
  /** Where only one shape has what it changes. */
  readonly platform?: Shape
}

/** How many of them a host gets. */
const HOW_MANY = 10

const package_ = '/var/tmp/package'

/** Lines are added at the end of files and values replaced in place: the lines that faults name keep their numbers. */
const harmless: readonly Churn[] = [
  {
    id: 'nginx-types-hash',
    apply: `sed -i 's/types_hash_max_size 2048/types_hash_max_size 4096/' /etc/nginx/nginx.conf; systemctl reload nginx`,
  },
  {
    id: 'nginx-log-format',
    apply: `printf '# For the traffic report.\\nlog_format timed "$remote_addr $request_time $status $request";\\n' >/etc/nginx/conf.d/log-format.conf; systemctl reload nginx`,
  },
  {
    id: 'site-body-timeout',
    apply: `sed -i '$i\\    # The default, so that nobody has to look it up.\\n    client_body_timeout 60s;' $site; systemctl reload nginx`,
  },
  { id: 'user', apply: `useradd --create-home --shell /bin/bash --groups adm annika`, late: true },
  {
    id: 'login',
    apply: `
      useradd --create-home --shell /bin/bash thomas
      install -d -o thomas -g thomas -m 700 /home/thomas/.ssh
      ssh-keygen -q -t ed25519 -N '' -C thomas@laptop -f /var/tmp/key
      install -o thomas -g thomas -m 600 /var/tmp/key.pub /home/thomas/.ssh/authorized_keys
      ssh -n -i /var/tmp/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR thomas@127.0.0.1 uptime
      rm /var/tmp/key /var/tmp/key.pub`,
  },
  {
    id: 'cron-job',
    apply: `mkdir -p /etc/cron.d; printf '# Old uploads.\\n17 3 * * * root find /var/tmp -type f -mtime +30 -delete\\n' >/etc/cron.d/old-uploads`,
    late: true,
  },
  { id: 'hosts-entry', apply: `echo '198.18.0.40 backup.internal backup' >>/etc/hosts`, late: true },
  {
    id: 'postgresql-timing',
    apply: `sed -i 's/^#track_io_timing = off/track_io_timing = on/' $pg_config; systemctl reload $pg_unit`,
  },
  {
    id: 'postgresql-maintenance-memory',
    apply: `sql "ALTER SYSTEM SET maintenance_work_mem = '96MB'"; sql 'SELECT pg_reload_conf()'`,
  },
  {
    id: 'postgresql-hba-line',
    apply: `printf '\\n# The report host.\\nhost    postgres        reporting       198.18.0.40/32          scram-sha-256\\n' >>$hba; systemctl reload $pg_unit`,
  },
  {
    id: 'postgresql-role',
    apply: `sql 'CREATE ROLE auditor NOLOGIN; GRANT CONNECT ON DATABASE debvisor TO auditor'`,
  },
  {
    id: 'postgresql-other-schema',
    apply: `sql 'CREATE SCHEMA archive; CREATE TABLE archive.metrics_2025 (host_id integer, taken_at timestamptz, cpu double precision); CREATE INDEX metrics_2025_taken ON archive.metrics_2025 (taken_at)'`,
  },
  { id: 'postgresql-reload', apply: `systemctl reload $pg_unit` },
  {
    id: 'sysctl',
    apply: `echo 'net.ipv4.tcp_keepalive_time = 3600' >/etc/sysctl.d/60-keepalive.conf; sysctl -qp /etc/sysctl.d/60-keepalive.conf`,
    late: true,
  },
  {
    id: 'package-installed',
    apply: `
      install -d ${package_}/DEBIAN ${package_}/usr/share/doc/site-handbook
      printf 'Package: site-handbook\\nVersion: 1.4\\nArchitecture: all\\nMaintainer: Operations <ops@example.com>\\nDescription: Where to find what on our hosts\\n' >${package_}/DEBIAN/control
      echo 'See the wiki.' >${package_}/usr/share/doc/site-handbook/README
      dpkg-deb -b ${package_} ${package_}.deb; dpkg -i ${package_}.deb; rm -r ${package_} ${package_}.deb`,
    late: true,
  },
  {
    // The same files as a version of its own: the hosts have no network to fetch another one from.
    id: 'package-upgraded',
    apply: `
      install -d ${package_}/DEBIAN
      dpkg -L sensible-utils | while read -r file; do [ -d "$file" ] || echo "$file"; done | tar -cf - -T - 2>/dev/null | tar -xf - -C ${package_}
      dpkg-query -s sensible-utils | sed '/^Status:/d; s/^Version: .*/&+deb12u1/' >${package_}/DEBIAN/control
      dpkg-deb -b ${package_} ${package_}.deb; dpkg -i ${package_}.deb; rm -r ${package_} ${package_}.deb`,
  },
  { id: 'platform-restarted', apply: `systemctl restart $platform_unit` },
  { id: 'nginx-restarted', apply: `systemctl restart nginx` },
  {
    id: 'logrotate-file',
    apply: `printf '/var/log/debvisor/*.log {\\n    weekly\\n    rotate 8\\n    compress\\n    missingok\\n    copytruncate\\n}\\n' >/etc/logrotate.d/debvisor`,
    late: true,
  },
  {
    id: 'timer',
    apply: `
      printf '[Unit]\\nDescription=Sizes of the home directories\\n[Service]\\nType=oneshot\\nExecStart=/usr/bin/du -s /home\\n' >/etc/systemd/system/home-sizes.service
      printf '[Unit]\\nDescription=Sizes of the home directories\\n[Timer]\\nOnCalendar=weekly\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/home-sizes.timer
      systemctl daemon-reload; systemctl enable -q --now home-sizes.timer`,
  },
  { id: 'mode', apply: `chmod 640 /etc/nginx/fastcgi.conf`, late: true },
  { id: 'motd', apply: `echo 'Changes are noted in the wiki.' >>/etc/motd`, late: true },
  { id: 'env-variable', apply: `echo 'REPORT_RECIPIENTS=ops@example.com' >>$env_file` },
  {
    id: 'static-file',
    platform: 'guide',
    apply: `printf 'User-agent: *\\nDisallow: /\\n' >/opt/debvisor/web/robots.txt; chown debvisor:debvisor /opt/debvisor/web/robots.txt`,
  },
  {
    id: 'description',
    apply: `
      install -d /etc/systemd/system/$platform_unit.service.d
      printf '[Unit]\\nDescription=DebVisor platform (production)\\n' >/etc/systemd/system/$platform_unit.service.d/10-description.conf
      systemctl daemon-reload`,
  },
  {
    id: 'ping-interval',
    platform: 'guide',
    apply: `sed -i 's/^  ping_interval: 25/  ping_interval: 20/' $config; echo '# Ask operations before a change.' >>$config; systemctl restart debvisor`,
  },
  {
    id: 'sshd',
    apply: `echo 'PrintLastLog no' >/etc/ssh/sshd_config.d/10-quiet.conf; systemctl reload ssh`,
  },
]

export const harmlessOn = (platform: PlatformName): Churn[] =>
  harmless.filter((one) => !one.platform || one.platform === platformNamed(platform).shape)

export interface PickedChurn {
  readonly before: readonly Churn[]
  /** Nearer in time to the symptom than the fault is. */
  readonly after: readonly Churn[]
}

/** The same ten for the same case, in an order of its own; one of them comes when the host is already broken. */
export function churnFor(id: string, platform: PlatformName): PickedChurn {
  const order = ({ id: churn }: Churn): string => createHash('sha256').update(`${id} ${churn}`).digest('hex')
  const mixed = harmlessOn(platform).toSorted((one, other) => (order(one) < order(other) ? -1 : 1))
  const last = mixed.find(({ late }) => late)
  if (!last) throw new Error('no harmless difference can come late')
  return { before: mixed.filter((one) => one !== last).slice(0, HOW_MANY - 1), after: [last] }
}

/** A difference that cannot be made is an error of the lab. */
export async function applyChurn(host: LabHost, churn: readonly Churn[]): Promise<void> {
  const { prelude } = wordsOf(host.platform)
  for (const { id, apply } of churn) {
    const ran = await asRoot(host, `${prelude}\nset -e\n${apply}\n`, 60)
    if (ran.code !== 0) throw new Error(`churn ${id}: exit ${ran.code}: ${ran.err.trim().slice(-300)}`)
  }
}

/** Waits until the dashboard works: what was restarted may take a moment. */
export async function works(host: LabHost): Promise<boolean> {
  const { prelude, fine } = wordsOf(host.platform)
  const well = async () => ((await asRoot(host, `${prelude}\n${fine}\n`)).code === 0 ? true : undefined)
  return (await eventually(15, well)) ?? false
}
