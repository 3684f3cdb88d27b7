import type { ActionsBlock, Button, RichTextElement } from '@slack/types'
import { LOOKED_BACK_DAYS } from '../../../runs/history/last-looks.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { LIMITS } from '../../limits.ts'
import { actionIds, button } from '../action-ids.ts'
import { bold, lines, moment, text } from '../rich-text.ts'
import { conclusion, mark } from '../run/run-view.ts'
import type { HomeHost, HomeHosts } from './home-view.ts'
import { threadLink } from './thread-link.ts'

/** A line and two buttons a host; the rest is counted. */
export const hostBlocks = ({ shown, more }: HomeHosts): MessageBlock[] => [
  ...shown.flatMap((host, at) => [lines(...hostLines(host)), ...hostButtons(host, at)]),
  ...restLine(more),
]

function hostLines({ host, last }: HomeHost): RichTextElement[][] {
  const name = bold(oneLine(host, 100))
  if (!last) return [[...text('⚪ '), ...name, ...text(` · not looked at in ${LOOKED_BACK_DAYS} days`)]]
  const { run, solved, url } = last
  const said = oneLine(conclusion(run), 250)
  return [
    [
      ...text(`${solved ? '☑️' : mark(run)} `),
      ...name,
      ...text(` · ${oneLine(run.topic, 60)}: ${solved ? 'solved. It was: ' : ''}${said}`),
    ],
    [...moment(run.createdAt), ...threadLink(url)],
  ]
}

/** The values: of what was looked at, the run's id; else the host's name, which is read as one. */
function hostButtons({ host, last }: HomeHost, at: number): ActionsBlock[] {
  const elements: Button[] = [
    ...(last || host.length <= LIMITS.optionValue
      ? [button(actionIds.openForm, 'Diagnose', last?.run.id ?? host)]
      : []),
    ...(last ? [button(actionIds.history, 'History', last.run.id)] : []),
  ]
  return elements.length === 0 ? [] : [{ type: 'actions', block_id: `home_host_${at}`, elements }]
}

function restLine({ notHealthy, healthy, unseen }: HomeHosts['more']): MessageBlock[] {
  const parts = [
    notHealthy > 0 ? `${notHealthy} not healthy` : '',
    healthy > 0 ? `${healthy} healthy or solved` : '',
    unseen > 0 ? `${unseen} not looked at in ${LOOKED_BACK_DAYS} days` : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? [] : [lines(text(`More hosts: ${parts.join(', ')}.`))]
}
