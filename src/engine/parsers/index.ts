import { compilePattern, type Pattern } from '../../text/re2-pattern.ts'
import { captures } from './captures.ts'
import { csv } from './csv.ts'
import { json } from './json.ts'
import { besideDeaths } from './judging/beside-deaths.ts'
import { contentSecurityPolicy } from './judging/content-security-policy.ts'
import { httpAnswers } from './judging/http-answers.ts'
import { nginxRateLimits } from './judging/nginx-rate-limits.ts'
import { whoStopped } from './judging/who-stopped.ts'
import { keyValue } from './key-value.ts'
import { lines } from './lines.ts'
import type { ParseFile, SpecialName } from './parse-schema.ts'
import type { Parser } from './parser.ts'
import { datedLog } from './special/dated-log.ts'
import { df } from './special/df.ts'
import { diskstats } from './special/diskstats.ts'
import { httpResponse } from './special/http-response.ts'
import { journal } from './special/journal.ts'
import { loadavg } from './special/loadavg.ts'
import { meminfo } from './special/meminfo.ts'
import { netDev } from './special/net-dev.ts'
import { nftRuleset } from './special/nft-ruleset.ts'
import { nginxConfig } from './special/nginx-config.ts'
import { pressure } from './special/pressure.ts'
import { procSample } from './special/proc-sample.ts'
import { ssListen } from './special/ss-listen.ts'
import { systemctlShow } from './special/systemctl-show.ts'
import { table } from './table.ts'

/** `parse: { special: NAME }`: what each one gives, and how its input is printed, stands in its file. */
export const specialParsers: Readonly<Record<SpecialName, Parser>> = {
  'beside-deaths': besideDeaths,
  'content-security-policy': contentSecurityPolicy,
  'dated-log': datedLog,
  df,
  diskstats,
  'http-answers': httpAnswers,
  'http-response': httpResponse,
  journal,
  loadavg,
  meminfo,
  'net-dev': netDev,
  'nft-ruleset': nftRuleset,
  'nginx-config': nginxConfig,
  'nginx-rate-limits': nginxRateLimits,
  pressure,
  'proc-sample': procSample,
  'ss-listen': ssListen,
  'systemctl-show': systemctlShow,
  'who-stopped': whoStopped,
}

export type MadeParser =
  | { readonly ok: true; readonly parser: Parser }
  /** `path` is within `parse`. */
  | { readonly ok: false; readonly path: readonly string[]; readonly message: string }

/** A probe's parser, from what its author wrote under `parse`. */
export function parserFor(parse: ParseFile): MadeParser {
  if (parse === 'lines') return made(lines)
  if ('keyValue' in parse) {
    const { separator, fields, expect } = parse.keyValue
    return withPattern(expect, ['keyValue', 'expect'], (pattern) =>
      keyValue({ separator, fields, expect: pattern }),
    )
  }
  if ('table' in parse) {
    const { skip, separator, columns, expect } = parse.table
    return withPattern(expect, ['table', 'expect'], (pattern) =>
      table({ skip, separator, columns, expect: pattern }),
    )
  }
  if ('csv' in parse) return made(csv(parse.csv))
  if ('json' in parse) {
    const { at, each, fields } = parse.json
    return made(json({ at, each, fields }))
  }
  if ('captures' in parse) return capturesOf(parse.captures)
  return made(specialParsers[parse.special])
}

const made = (parser: Parser): MadeParser => ({ ok: true, parser })

function withPattern(
  source: string | undefined,
  path: readonly string[],
  make: (pattern: Pattern | undefined) => Parser,
): MadeParser {
  if (source === undefined) return made(make(undefined))
  const compiled = compilePattern(source)
  return compiled.ok ? made(make(compiled.pattern)) : { ok: false, path, message: compiled.message }
}

function capturesOf(options: Extract<ParseFile, { captures: unknown }>['captures']): MadeParser {
  const compiled = compilePattern(options.pattern)
  if (!compiled.ok) return { ok: false, path: ['captures', 'pattern'], message: compiled.message }
  const groups = Object.keys(compiled.pattern.namedGroups())
  const missing = Object.keys(options.fields).find((field) => !groups.includes(field))
  if (missing === undefined) return made(captures({ ...options, pattern: compiled.pattern }))
  const message = `the pattern has no group \`(?P<${missing}>…)\``
  return { ok: false, path: ['captures', 'fields', missing], message }
}
