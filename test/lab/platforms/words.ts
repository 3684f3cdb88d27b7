import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fine as guideFine, prelude as guidePrelude } from '../faults/fault.ts'
import { labDir } from '../places.ts'
import { onPostgresql } from './on-postgresql.ts'
import { type PlatformName, platformNamed, type Shape } from './platform.ts'

/** Shell for injections and probes. It reaches a host on stdin only. */
export interface Words {
  readonly prelude: string
  /** Exit 0 where the platform works as its users meet it. */
  readonly fine: string
  /** Exit 0 where it goes on to work for as long as somebody looks at a dashboard. */
  readonly holds: string
  /** Exit 0 where a host that boots is ready. The platform is asked before nginx, which would note errors in its log. */
  readonly ready: string
}

const source = (file: string): string => readFileSync(join(labDir, 'platforms', file), 'utf8').trim()

/** As a word of the shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const guide: Words = {
  prelude: guidePrelude,
  fine: guideFine,
  holds: guideFine,
  ready: '[ "$(status $direct/api/health 2)" = 200 ] && [ "$(api)" = 200 ]',
}

const panel: Words = {
  prelude: [
    `panel_password=${quoted(source('panel/operator'))}`,
    `browser_source=${quoted(source('words/browser.py'))}`,
    source('words/panel.sh'),
    '',
  ].join('\n'),
  fine: 'browser all',
  holds: 'browser all && browser hold 20',
  ready: '[ "$(ask $direct/health/ready)" = 200 ] && browser all',
}

const words: Readonly<Record<Shape, Words>> = { guide, panel }

export function wordsOf(platform: PlatformName): Words {
  const { shape, postgresql } = platformNamed(platform)
  const { prelude, ...others } = words[shape]
  return { ...others, prelude: onPostgresql(postgresql, prelude) }
}
