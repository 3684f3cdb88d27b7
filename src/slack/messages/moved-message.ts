import { type Message, makeMessage } from '../message.ts'
import { paragraph, text } from './rich-text.ts'

/** What is left of a message that stood there twice and could not be taken away. `url`: of the one that is kept. */
export function movedMessage(url: string | undefined): Message {
  const said = 'This message was posted twice. It is out of date and stays as it is.'
  const link = url
    ? [...text(' '), { type: 'link' as const, url, text: 'Open the one that is up to date' }]
    : []
  return makeMessage(said, [paragraph(...text(said), ...link)])
}
