import type { Shape } from '../platforms/platform.ts'

/** What is wrong with a host, how to make it so, and what a right answer must say. README.md tells how to add one. */
export interface Fault {
  /** Never seen on the host. */
  readonly id: string
  /** Where it can be injected; `guide` unless told. */
  readonly platform?: Shape
  readonly topic: Topic
  readonly kind: 'fault' | 'pair' | 'healthy'
  /** The true cause in a line. */
  readonly cause: string
  /** Shell, run as root on a pristine host, with the words of its platform: `prelude` or platforms/words/. */
  readonly inject: string
  /** Shell, run as root on the host: exit 0 where the symptom is there. Must fail on a pristine host. */
  readonly probe: string
  /** How long the symptom may take to show, seconds; 12 unless told. */
  readonly within?: number
  /**
   * What must be said, a list a cause: all patterns of it match title, because, detail, subject and evidence of one finding. A fault has one
   * list, for the first finding; a pair may have two, for the first three findings; a healthy host has none.
   */
  readonly expect: readonly (readonly RegExp[])[]
  /** Patterns that match the title of no finding that is a cause. */
  readonly mustNotClaim?: readonly RegExp[]
  /**
   * The guilty object as one who compares the host with what it was would name it: a path, a setting, a role, a package, a unit; with the changed
   * text where the object has harmless changes too. A pair with two causes has one each. Absent: a suspect alone is not enough.
   */
  readonly object?: RegExp | readonly RegExp[]
  /** Built without sight of the rules. */
  readonly unseen?: true
  /** Part of `score --short`. */
  readonly short?: boolean
}

export const shapeOf = ({ platform = 'guide' }: Pick<Fault, 'platform'>): Shape => platform

export type Topic = 'service' | 'db' | 'websocket' | 'performance'

/** Words for injections and probes. It reaches the host on stdin only. */
export const prelude = String.raw`
direct=http://127.0.0.1:8080
front=http://127.0.0.1
sql() { runuser -u postgres -- psql -XqAt -d debvisor -c "$1"; }
status() { curl -s -o /dev/null -w '%{http_code}' -m "$2" "$1"; }
api() { status "$front/api/health" 5; }
# Status of a WebSocket handshake; curl then holds the connection until its time is up.
handshake() {
  curl -s -o /dev/null -w '%{http_code}' -m 2 -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
    -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==' -H "$2" \
    "$1/socket.io/?EIO=4&transport=websocket"
}
no_header='X-None: 1'
unit() { systemctl show -P "$1" debvisor; }
is_failed() { [ "$(unit ActiveState)" = failed ]; }
drop_in() {
  mkdir -p "/etc/systemd/system/$1.d"
  cat >"/etc/systemd/system/$1.d/override.conf"
  systemctl daemon-reload
}
restart() { systemctl restart debvisor 2>/dev/null || true; }
pg_restart() { systemctl restart postgresql@15-main 2>/dev/null || true; }
pg_setting() { echo "$1" >>/etc/postgresql/15/main/postgresql.conf; }
hba=/etc/postgresql/15/main/pg_hba.conf
pg_config=/etc/postgresql/15/main/postgresql.conf
pg_unit=postgresql@15-main
platform_unit=debvisor
env_file=/opt/debvisor/.env
config=/etc/debvisor/config.yaml
site=/etc/nginx/sites-available/debvisor
site_edit() { sed -i "$1" "$site"; systemctl reload nginx; }
# Writes a file until its disk has no block left.
fill() { for size in 1M 16k 1k; do dd if=/dev/zero of="$1" bs=$size oflag=append conv=notrunc,fsync 2>/dev/null; done; }
# A program that the host runs beside the platform: stops by itself after 10 minutes.
background() { name=$1; shift; systemd-run -q --unit="$name" -p RuntimeMaxSec=540 "$@"; }
# Clients that do what browsers do, until the host is reset; 9 minutes at most.
clients() {
  background "$1" sh -c "end=\$((\$(date +%s) + 500)); while [ \$(date +%s) -lt \$end ]; do curl -s -o /dev/null -m 20 '$2'; sleep 0.1; done"
}
`

/** Exit 0 where a dashboard works: API and WebSocket through nginx. */
export const fine = `[ "$(api)" = 200 ] && [ "$(handshake $front "$no_header")" = 101 ]`
