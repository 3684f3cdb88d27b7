import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { type Block, Message as SlackMessage } from 'slack-blocks-to-jsx'
import type { Message } from '../../src/slack/message.ts'
import type { Scene } from './scenes.ts'

const css = readFileSync(fileURLToPath(import.meta.resolve('slack-blocks-to-jsx/dist/style.css')), 'utf8')

const users = [
  { id: 'U01ANA', name: 'ana' },
  { id: 'U02BO', name: 'bo' },
  { id: 'U02LEAD', name: 'lena' },
]

const logo = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36"><rect width="36" height="36" fill="#4a154b"/>' +
    '<text x="18" y="23" fill="#fff" text-anchor="middle" font-family="Lato" font-weight="900" font-size="14">DV</text></svg>',
)}`

/** What the reader's own Slack adds to a moment: the day's name, and the hour of their zone. */
const clock = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(11, 16)

/** A page with the scene as Slack shows it. */
export const pageOf = (
  scene: Scene,
  width: number,
): string => `<!doctype html><meta charset="utf-8"><style>${css}
  body { margin: 0; width: ${width}px; background: #fff; font: 15px/1.46 Lato, sans-serif; color: #1d1c1d }
  #slack_blocks_to_jsx, #slack_blocks_to_jsx * { font-family: Lato, 'Noto Color Emoji', sans-serif !important }
  #slack_blocks_to_jsx :is(code, pre, .slack_inline_code, pre *) { font-family: 'DejaVu Sans Mono', monospace !important }
  * { animation: none !important }
  #slack_blocks_to_jsx .font-semibold { font-weight: 700 }
  #slack_blocks_to_jsx .slack_blocks_to_jsx__rich_text > p { display: block }
  #slack_blocks_to_jsx p, #slack_blocks_to_jsx li { overflow-wrap: anywhere }
  #slack_blocks_to_jsx section > div:last-child { min-width: 0 }
  #slack_blocks_to_jsx section { max-width: none !important }
  #slack_blocks_to_jsx .slack_blocks_to_jsx--block_wrapper + .slack_blocks_to_jsx--block_wrapper { margin-top: 8px }
  #slack_blocks_to_jsx .-bottom-5 { display: none }
  main { padding: 12px }
  #slack_blocks_to_jsx { margin-bottom: 8px }
  .replies { margin: 4px 0 8px 52px; font-size: 13px; color: #616061; border-bottom: 1px solid #ddd }
  main.home #slack_blocks_to_jsx section > div:first-child, main.home #slack_blocks_to_jsx section > div:last-child > :first-child { display: none }
  .lock { background: #33475b; padding: 14px 12px 4px }
  .note { background: #eef1f4; border-radius: 14px; padding: 9px 12px; margin-bottom: 10px; max-width: 366px; box-sizing: border-box }
  .note small { display: flex; justify-content: space-between; color: #555; font-size: 12px }
  .note p { margin: 1px 0 0; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden }
  </style>${scene.kind === 'lock-screen' ? lockScreen(scene.texts) : `<main class="${scene.kind}">${thread(scene.messages, scene.at)}</main>`}`

const thread = ([first, ...replies]: readonly Message[], at: Date): string =>
  [
    ...(first ? [drawn(first, at)] : []),
    ...(replies.length > 0
      ? [`<div class="replies">${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}</div>`]
      : []),
    ...replies.map((reply) => drawn(reply, at)),
  ].join('')

const drawn = ({ blocks }: Message, at: Date): string =>
  renderToStaticMarkup(
    createElement(SlackMessage, {
      blocks: blocks.map(asDrawn) as unknown as Block[],
      name: 'DebVisor',
      logo,
      time: at,
      theme: 'light',
      data: { users },
      hooks: { date: ({ timestamp }) => `Today ${clock(Number(timestamp))}` },
    }),
  )

/** The renderer knows plain tables; Slack draws both alike, the newer one with pages. */
const asDrawn = (block: Message['blocks'][number]): object =>
  block.type === 'data_table' ? { type: 'table', rows: block.rows } : block

/** A telephone shows the `text` of a message and no block of it: two lines, and the rest is cut. */
const lockScreen = (texts: readonly string[]): string =>
  `<div class="lock">${texts.map((text) => `<div class="note"><small><b>SLACK · DebVisor</b><span>now</span></small><p>${spoken(text)}</p></div>`).join('')}</div>`

/** Slack names people, and undoes its escapes; for HTML they are the same. */
const spoken = (text: string): string =>
  text.replaceAll(/<@(\w+)>/g, (_, id) => `@${users.find((user) => user.id === id)?.name ?? id}`)
