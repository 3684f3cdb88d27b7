import { type Parser, type Row, type Shape, understood } from '../parser.ts'
import { nginxConfig } from '../special/nginx-config.ts'

/**
 * The limits that `limit_rate` sets in files of nginx: `.rows`, `bytes` a second and the location that each stands in,
 * "-" outside of any; 0 is no limit. One that a variable gives is none here. Files come as `nginx -T` prints them, and
 * no file is the answer where none has a limit.
 *
 *     # configuration file /etc/nginx/sites-enabled/debvisor:
 *     server {
 *         limit_rate 2m;
 *         location /downloads/ {
 *             limit_rate 64k;
 *         }
 *     }
 */
const shape = { place: 'string', bytes: 'int', location: 'string' } as const satisfies Shape

export const nginxRateLimits: Parser = {
  gives: { rows: shape },
  parse(text) {
    if (text.trim() === '') return understood({ rows: [] })
    const config = nginxConfig.parse(text)
    if (!config.ok) return config
    const limits = (config.value.rows ?? []).filter(({ name }) => name === 'limit_rate')
    return understood({ rows: limits.map(limitOf).filter((row) => row !== undefined) })
  },
}

function limitOf({ file, line, value, location }: Row): Row | undefined {
  const bytes = bytesOf(String(value))
  return bytes === undefined ? undefined : { place: `${file}:${line}`, bytes, location: location || '-' }
}

/** Of a size as nginx reads it: "64k", "2m", "4096". */
function bytesOf(size: string): bigint | undefined {
  const [, digits = '', unit = ''] = /^([0-9]{1,12})([kKmM]?)$/.exec(size) ?? []
  return digits === '' ? undefined : BigInt(digits) * (units[unit.toLowerCase()] ?? 1n)
}

const units: Readonly<Record<string, bigint>> = { k: 1024n, m: 1024n * 1024n }
