import { type DestinationStream, type Logger, type LoggerOptions, pino, stdSerializers } from 'pino'
import { logFields } from './log-fields.ts'

/**
 * The program's own log. pino's `redact` knows paths only, so every string passes `text` (S24): message, arguments,
 * objects, bindings of children and errors first, then the finished line, where a key and its value stand together.
 */
export function makeLogger(
  level: LoggerOptions['level'],
  text: (text: string) => string,
  destination?: DestinationStream,
): Logger {
  const scrub = (value: unknown): unknown => scrubbed(value, text, 0)
  const record = (value: Record<string, unknown>) => scrub(value) as Record<string, unknown>
  const options: LoggerOptions = {
    level: level ?? 'info',
    base: null,
    mixin: () => record(logFields()),
    timestamp: pino.stdTimeFunctions.isoTime,
    // Errors are serialised by `scrubbed`, wherever they stand.
    serializers: { err: scrub },
    formatters: { level: (label) => ({ level: label }), log: record, bindings: record },
    hooks: {
      logMethod(args, method) {
        const [first, ...rest] = args.map(scrub)
        const logged = args.at(0) instanceof Error ? { err: first } : first
        method.apply(this, [logged, ...rest] as Parameters<typeof method>)
      },
      streamWrite: (line) => `${text(line.trimEnd())}\n`,
    },
  }
  return destination ? pino(options, destination) : pino(options)
}

/** Deeper than this nobody looks in a log, and a cycle ends there. */
const MAX_DEPTH = 6

function scrubbed(value: unknown, text: (text: string) => string, depth: number): unknown {
  if (typeof value === 'string') return text(value)
  if (typeof value !== 'object' || value === null) return value
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (depth >= MAX_DEPTH) return '[deeper]'
  const next = (inner: unknown) => scrubbed(inner, text, depth + 1)
  if (Array.isArray(value)) return value.map(next)
  if ('toJSON' in value && typeof value.toJSON === 'function') return next(value.toJSON())
  const plain = value instanceof Error ? stdSerializers.err(value) : value
  return Object.fromEntries(Object.entries(plain).map(([key, inner]) => [text(key), next(inner)]))
}
