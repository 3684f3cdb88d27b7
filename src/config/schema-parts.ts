import { z } from 'zod'

/** A text that `problemOf` finds nothing wrong with. */
export const checked = (problemOf: (text: string) => string | undefined) =>
  z.string().superRefine((text, context) => {
    const message = problemOf(text)
    if (message) context.addIssue({ code: 'custom', message })
  })

export const path = z.string().trim().min(1)
export const secretFile = path.optional().describe('File with this secret alone; only its owner may read it.')
