import type { Fault } from './fault.ts'

/** It works, but slowly. Each load stops by itself within 10 minutes. */
export const performanceFaults: readonly Omit<Fault, 'topic' | 'kind'>[] = [
  {
    id: 'performance-cpu-hog',
    cause: 'a report keeps both CPUs busy',
    inject: `for n in 1 2; do background report-export-$n nice -n 5 python3 -c 'while True: pass'; done; sleep 3`,
    probe: `[ "$(top -bn2 -d1 -w200 | tac | grep -m2 python3 | awk '$9 > 10' | wc -l)" -ge 1 ]`,
    expect: [[/python3|report-export/, /\bCPUs?\b/]],
    short: true,
  },
  {
    id: 'performance-runaway-query',
    cause: 'a query of PostgreSQL keeps a CPU busy',
    inject: `background monthly-report --uid=postgres psql -X -d debvisor -c 'SELECT count(*) FROM generate_series(1, 30000) a, generate_series(1, 3000000) b'; sleep 3`,
    probe: `[ "$(sql "SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'active' AND now() - query_start > '3 s' AND query LIKE '%generate_series(1, 3000000)%' AND pid <> pg_backend_pid()")" = t ]`,
    expect: [[/postgres|query/i, /generate_series|CPU|active|running for/i]],
  },
  {
    id: 'performance-disk-nearly-full',
    cause: 'the data disk is 96 % full',
    inject: `fallocate -l 238M /var/lib/debvisor/export-2023.tar`,
    probe: `[ "$(df --output=pcent /var/lib/debvisor | tail -1 | tr -d ' %')" -ge 93 ]`,
    expect: [[/\/var\/lib\/debvisor/, /9\d(\.\d+)? ?%/]],
    short: true,
  },
  {
    id: 'performance-root-nearly-full',
    cause: 'the system disk is 96 % full with a debug log',
    inject: `fallocate -l 2850M /var/log/debvisor/debug.log`,
    probe: `[ "$(df --output=pcent / | tail -1 | tr -d ' %')" -ge 93 ]`,
    expect: [[/(^|\s)\/(\s|$)/m, /9\d(\.\d+)? ?%/]],
  },
  {
    id: 'performance-inodes',
    cause: 'the data disk has almost no inodes left',
    inject: `mkdir /var/lib/debvisor/spool; cd /var/lib/debvisor/spool; seq 1 3990 | xargs touch`,
    probe: `[ "$(df --output=ipcent /var/lib/debvisor | tail -1 | tr -d ' %')" -ge 95 ]`,
    expect: [[/\/var\/lib\/debvisor/, /inode/i]],
  },
  {
    id: 'performance-missing-index',
    cause: 'the table metrics has lost its index, and each dashboard scans it',
    inject: `sql 'DROP INDEX metrics_host_taken'; sql "INSERT INTO metrics (host_id, taken_at, cpu, memory) SELECT 1 + n % 8, now() - n * interval '1 s', n % 90, n % 70 FROM generate_series(1, 600000) AS n"; sql 'ANALYZE metrics'
      for n in 1 2 3; do clients wall-display-$n "$direct/api/v1/metrics?host=$n"; done; sleep 2`,
    probe: `sql "SET ROLE debvisor; EXPLAIN SELECT * FROM metrics WHERE host_id = 1 ORDER BY taken_at DESC LIMIT 60" | grep -q 'Seq Scan' && [ "$(sql "SELECT seq_tup_read > 3000000 FROM pg_stat_user_tables WHERE relname = 'metrics'")" = t ]`,
    within: 30,
    expect: [[/metrics/, /seq|index|scan/i]],
  },
  {
    id: 'performance-lock-waits',
    cause: 'a transaction that was left open holds a row that all requests update',
    inject: `background import-tool --uid=postgres python3 -c "
import psycopg2, time
one = psycopg2.connect('dbname=debvisor application_name=import-tool')
one.cursor().execute('UPDATE hosts SET state = state')
time.sleep(500)
"
      sleep 1; for n in 1 2 3; do clients wall-display-$n $direct/api/v1/touch; done; sleep 2`,
    probe: `[ "$(sql "SELECT count(*) > 1 FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0")" = t ]`,
    expect: [[/lock|block/i, /import-tool|idle in transaction/i]],
  },
  {
    id: 'performance-cpu-quota',
    cause: 'CPUQuota=2% of a drop-in throttles the platform',
    inject: `printf '[Service]\\nCPUQuota=2%%\\nTimeoutStartSec=60\\n' | drop_in debvisor.service; restart; for n in 1 2 3 4 5; do clients wall-display-$n $direct/api/v1/hosts; done; sleep 2`,
    probe: `for file in /sys/fs/cgroup/cpu/system.slice/debvisor.service/cpu.stat /sys/fs/cgroup/system.slice/debvisor.service/cpu.stat; do [ -r $file ] && awk '$1 == "nr_throttled" && $2 > 30 { found = 1 } END { exit !found }' $file && exit 0; done; exit 1`,
    within: 30,
    expect: [[/debvisor/, /CPUQuota|throttl/i]],
  },
  {
    id: 'performance-memory-hog',
    cause: 'a cache service takes nearly all memory',
    inject: `background tile-cache python3 -c "
import time
held = bytearray()
free = lambda: int(next(l for l in open('/proc/meminfo') if l.startswith('MemAvailable')).split()[1])
while free() > 60000 and len(held) < 2000 << 20:
    held += b'x' * (8 << 20)
time.sleep(500)
"
      sleep 4`,
    probe: `awk '$1 == "MemAvailable:" { free = $2 } $1 == "MemTotal:" { all = $2 } END { exit !(free < all * 0.09) }' /proc/meminfo`,
    within: 30,
    expect: [[/memory/i, /tile-cache|python3/]],
  },
  {
    id: 'performance-memory-leak',
    cause: 'a worker with MemoryMax is killed again and again',
    inject: `printf '[Unit]\\nDescription=Thumbnail worker\\nStartLimitIntervalSec=0\\n[Service]\\nMemoryMax=24M\\nRestart=always\\nRestartSec=2\\nExecStart=/usr/bin/python3 -c "held = bytearray(80 << 20)"\\n' >/etc/systemd/system/thumbnails.service; systemctl daemon-reload; systemctl start thumbnails; sleep 5`,
    probe: `[ "$(systemctl show -P NRestarts thumbnails)" -ge 2 ]`,
    within: 20,
    expect: [[/thumbnails|python3/, /OOM|memory|kill/i]],
  },
  {
    id: 'performance-descriptors',
    cause: 'the platform has used up the files that it may open',
    inject: `printf '[Service]\\nLimitNOFILE=40\\n' | drop_in debvisor.service; restart
      background wall-display sh -c "for n in $(seq 1 31 | tr '\\n' ' '); do curl -s -m 500 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==' -o /dev/null '$direct/socket.io/?EIO=4&transport=websocket' & done; wait"; sleep 3`,
    probe: `[ "$(ls /proc/$(unit MainPID)/fd | wc -l)" -ge 34 ] && [ "$(unit LimitNOFILE)" = 40 ]`,
    expect: [[/debvisor/, /descriptor|NOFILE|open files/i]],
  },
  {
    id: 'performance-packet-loss',
    cause: 'a rule of nftables drops every fourth packet to PostgreSQL',
    inject: `nft add table inet shaper; nft 'add chain inet shaper in { type filter hook input priority 0; }'; nft add rule inet shaper in tcp dport 5432 numgen random mod 100 '<' 25 counter drop; clients wall-display $direct/api/v1/hosts; sleep 4`,
    probe: `nft list table inet shaper | grep -qE 'packets [1-9]'`,
    expect: [[/retrans|resen[dt]|loss|drop/i, /nft|shaper|firewall|rule/i]],
  },
  {
    id: 'performance-listen-queue',
    cause: 'the platform does not take connections from its queue: its process is stopped',
    inject: `kill -STOP $(unit MainPID); background wall-display sh -c "for n in $(seq 1 160 | tr '\\n' ' '); do curl -s -m 300 -o /dev/null $direct/ & done; wait"; sleep 3`,
    probe: `nstat -az TcpExtListenOverflows | awk '$1 == "TcpExtListenOverflows" && $2 > 5 { found = 1 } END { exit !found }'`,
    within: 20,
    expect: [[/debvisor|8080/, /queue|backlog|hang|hung|answer|respon|stopped/i]],
  },
  {
    id: 'performance-pool',
    cause: 'the pool of the platform has one connection, and a slow report holds it',
    inject: `sed -i 's/pool_size: 5/pool_size: 1/' $config; restart; sql 'ALTER TABLE hosts RENAME TO hosts_data; CREATE VIEW hosts AS SELECT *, pg_sleep(0.4)::text AS pause FROM hosts_data; ALTER VIEW hosts OWNER TO debvisor'; for n in 1 2 3 4; do clients wall-display-$n $direct/api/v1/hosts; done; sleep 8`,
    probe: `tail -200 /var/log/debvisor/error.log | grep -q 'pool limit of size 1 reached'`,
    within: 25,
    expect: [[/pool/i]],
  },
  {
    id: 'performance-log-flood',
    cause: 'a debug agent floods the journal',
    inject: `background config-agent sh -c 'while :; do n=0; while [ $n -lt 300 ]; do echo "debug: compared fact $n"; n=$((n+1)); done; sleep 0.1; done'; sleep 4`,
    probe: `[ "$(journalctl --since -10s -u config-agent -o cat | wc -l)" -gt 1500 ]`,
    expect: [[/config-agent/]],
  },
  {
    id: 'performance-slow-names',
    cause: 'names are asked of a DNS server that does not answer before /etc/hosts is read',
    inject: `sed -i 's/^hosts:.*/hosts: dns files/' /etc/nsswitch.conf; echo 'nameserver 198.18.0.250' >/etc/resolv.conf; restart`,
    probe: `start=$(date +%s%N); timeout 8 getent ahosts localhost; [ $((($(date +%s%N) - start) / 1000000)) -gt 2000 ]`,
    within: 25,
    expect: [[/resolv|name ?server|DNS|198\.18\.0\.250|nsswitch/i]],
  },
]
