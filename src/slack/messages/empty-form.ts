import type { ModalView } from '@slack/types'
import { oneLine } from '../../text/shorten.ts'
import type { MessageBlock } from '../blocks.ts'
import type { Message } from '../message.ts'
import { lines, text } from './rich-text.ts'

/** Opened at once, because a trigger lives 3 s; filled when it is known what it shows. */
export const emptyForm = (title: string, words: string): ModalView => modal(title, [lines(text(words))])

/** Instead of the form: why there is none. */
export const formNotice = (title: string, sentence: string): ModalView =>
  modal(title, [lines(text(oneLine(sentence, 2_000)))])

/** What a button within a form answered, in place of the form. */
export const formAnswer = (title: string, { blocks }: Message): ModalView => modal(title, [...blocks])

/** A form that can only be closed. */
export const modal = (title: string, blocks: MessageBlock[]): ModalView => ({
  type: 'modal',
  title: { type: 'plain_text', text: title },
  close: { type: 'plain_text', text: 'Close' },
  blocks,
})
