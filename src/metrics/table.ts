/**
 * Every metric that the bot has, by the name that a scraper reads. Labels have few values, all of them ours: never a host,
 * a user, a channel or a run. docs/operations.md has the same table for operators.
 */

interface Metric {
  readonly help: string
  readonly labels: readonly string[]
}

interface Counter extends Metric {
  /**
   * Values of each label that are there, with 0, from the start: of a counter that appears with its first event,
   * Prometheus sees no increase, and no alert fires.
   */
  readonly known?: Readonly<Record<string, readonly string[]>>
}

export const counters = {
  debvisor_runs_total: {
    help: 'Runs that ended here, by topic and verdict; failed: the host could not be asked.',
    labels: ['topic', 'verdict'],
  },
  debvisor_probes_total: { help: 'Probes of runs that were answered, by outcome.', labels: ['outcome'] },
  debvisor_ssh_connections_total: {
    help: 'Connections to hosts that were tried, by login and by where they failed.',
    labels: ['login', 'outcome'],
    known: {
      login: ['diagnose', 'fix'],
      outcome: ['ok', 'inventory', 'key-file', 'network', 'host-key', 'authentication', 'session'],
    },
  },
  debvisor_slack_calls_total: {
    help: 'Calls of the Web API of Slack, by method and result; each try counts.',
    labels: ['method', 'result'],
  },
  debvisor_fixes_total: {
    help: 'Fixes that were asked for and ended, by outcome.',
    labels: ['outcome'],
    known: { outcome: ['succeeded', 'failed', 'unknown', 'refused', 'expired', 'void'] },
  },
  debvisor_notices_total: {
    help: 'Tries to send an escalation, by channel (page, mail, message) and outcome.',
    labels: ['channel', 'outcome'],
    known: {
      channel: ['page', 'mail', 'message'],
      outcome: ['sent', 'postponed', 'failed', 'dropped'],
    },
  },
} as const satisfies Record<string, Counter>

export const histograms = {
  debvisor_run_duration_seconds: {
    help: 'From taking a run to its stored verdict.',
    labels: ['topic'],
    buckets: [0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300],
  },
  debvisor_run_wait_seconds: {
    help: 'From asking for a run to taking it, by lane.',
    labels: ['lane'],
    buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900],
  },
  debvisor_ssh_connect_seconds: {
    help: 'From opening a connection to the login on the host, jump hosts included; also where it fails.',
    labels: ['login'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20],
  },
} as const satisfies Record<string, Metric & { readonly buckets: readonly number[] }>

export const gauges = {
  debvisor_ready: { help: '1 where /readyz calls this part ok, else 0.', labels: ['part'] },
  debvisor_ssh_sessions: { help: 'Open sessions on hosts.', labels: [] },
  debvisor_build_info: { help: '1; which version runs, on which Node.js.', labels: ['version', 'node'] },
  // Of all replicas: what the store says.
  debvisor_queue_runs: { help: 'Runs that wait and may be taken, by lane.', labels: ['lane'] },
  debvisor_queue_oldest_seconds: {
    help: 'For how long the oldest of them could have been taken; 0: none waits.',
    labels: ['lane'],
  },
  debvisor_runs_running: { help: 'Runs under way, by lane.', labels: ['lane'] },
  debvisor_outbox_waiting: {
    help: 'Escalation notices that are not sent yet, by channel.',
    labels: ['channel'],
  },
  debvisor_outbox_oldest_seconds: { help: 'Age of the oldest of them; 0: none waits.', labels: ['channel'] },
  debvisor_draws_waiting: { help: 'Messages in Slack that wait to be drawn.', labels: [] },
  debvisor_draws_oldest_seconds: { help: 'Age of the oldest of them; 0: none waits.', labels: [] },
  debvisor_replicas: { help: 'Processes of the bot that were seen alive lately.', labels: [] },
  debvisor_audit_rows: { help: 'Rows of the audit.', labels: [] },
  process_cpu_seconds_total: { help: 'CPU time of this process.', labels: [] },
  process_resident_memory_bytes: { help: 'Memory of this process.', labels: [] },
  process_start_time_seconds: { help: 'When this process started, in seconds since 1970.', labels: [] },
  nodejs_heap_size_used_bytes: { help: 'Of the heap of JavaScript.', labels: [] },
  nodejs_eventloop_delay_p50_seconds: {
    help: 'How late timers were since the scrape before: half of them less.',
    labels: [],
  },
  nodejs_eventloop_delay_p99_seconds: { help: 'As p50: 99 % of them less.', labels: [] },
  nodejs_eventloop_delay_max_seconds: { help: 'As p50: the latest of them.', labels: [] },
} as const satisfies Record<string, Metric>

export type CounterName = keyof typeof counters
export type HistogramName = keyof typeof histograms
export type GaugeName = keyof typeof gauges

/** The label sets that a counter has from the start. */
export function knownLabels(counter: Counter): Readonly<Record<string, string>>[] {
  return Object.entries(counter.known ?? {}).reduce<Record<string, string>[]>(
    (sets, [label, values]) => sets.flatMap((set) => values.map((value) => ({ ...set, [label]: value }))),
    counter.known ? [{}] : [],
  )
}

const all = { ...counters, ...histograms, ...gauges }
export const metricNames = Object.keys(all) as readonly (keyof typeof all)[]

export type LabelsOf<N extends keyof typeof all> = Readonly<Record<(typeof all)[N]['labels'][number], string>>
