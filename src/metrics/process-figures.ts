import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type Figure, figure } from './figure.ts'

export interface ProcessFigures {
  read(): readonly Figure[]
  close(): void
}

const NANOSECONDS = 1e9

/** What this process takes: the system says it at once. */
export function watchProcess(): ProcessFigures {
  const delays = monitorEventLoopDelay({ resolution: 10 })
  delays.enable()
  const startedAt = Date.now() / 1_000 - process.uptime()
  const read = (): Figure[] => {
    const { user, system } = process.cpuUsage()
    const { rss, heapUsed } = process.memoryUsage()
    const late = (name: 'p50' | 'p99' | 'max', nanoseconds: number) =>
      figure(`nodejs_eventloop_delay_${name}_seconds`, nanoseconds / NANOSECONDS, {})
    const figures = [
      figure('process_cpu_seconds_total', (user + system) / 1e6, {}),
      figure('process_resident_memory_bytes', rss, {}),
      figure('process_start_time_seconds', startedAt, {}),
      figure('nodejs_heap_size_used_bytes', heapUsed, {}),
    ]
    // Two scrapes in the same moment: nothing was measured in between.
    if (delays.count === 0) return figures
    figures.push(
      late('p50', delays.percentile(50)),
      late('p99', delays.percentile(99)),
      late('max', delays.max),
    )
    delays.reset()
    return figures
  }
  return { read, close: () => delays.disable() }
}
