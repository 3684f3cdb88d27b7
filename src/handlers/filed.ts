/** What a form's submission answers: nothing (it closes), or a sentence under one of its fields. */
export type Filed =
  | { readonly ok: true }
  | { readonly ok: false; readonly block: string; readonly sentence: string }
