/** What a form's submission answers: nothing (it closes), or a sentence under `block`, by default under the form's `errorAt`. */
export type Filed =
  | { readonly ok: true }
  | { readonly ok: false; readonly sentence: string; readonly block?: string | undefined }
