import type { ModalView } from '@slack/types'

/**
 * What a form's submission answers: nothing (it closes), a view that takes its place, or a sentence under `block`, by
 * default under the form's `errorAt`.
 */
export type FormResult =
  | { readonly ok: true; readonly view?: ModalView }
  | { readonly ok: false; readonly sentence: string; readonly block?: string | undefined }

/** What a form that opened empty shows, or one sentence on why it stays so. */
export type FormContent =
  | { readonly ok: true; readonly view: ModalView }
  | { readonly ok: false; readonly sentence: string }
