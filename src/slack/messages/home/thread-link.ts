import type { RichTextElement } from '@slack/types'
import { text } from '../rich-text.ts'

/** " · Thread", with the link of the thread that has the rest. */
export const threadLink = (url: string | undefined): RichTextElement[] =>
  url ? [...text(' · '), { type: 'link', url, text: 'Thread' }] : []
