/** Steps into a document: keys of maps, and places in lists from 0. */
export type Path = readonly (string | number)[]

/** `probes.disk.timeout`, `steps[2].run`, `hosts["db 1"].port`. */
export const printPath = (path: Path): string =>
  path
    .map((step) => {
      if (typeof step === 'number') return `[${step}]`
      return /^[\w.-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
    })
    .join('')
    .replace(/^\./, '')
