/**
 * Whether all of the text fits: `*` is any number of characters, `?` is one. Takes at most as many steps as the two are
 * long multiplied, whoever wrote the pattern.
 */
export function fitsGlob(text: string, glob: string): boolean {
  let [at, of] = [0, 0]
  // Where the last star stands, and up to where it has taken the text.
  let [star, taken] = [-1, 0]
  while (at < text.length) {
    if (glob[of] === '*') {
      star = of++
      taken = at
    } else if (glob[of] === '?' || glob[of] === text[at]) {
      at++
      of++
    } else if (star >= 0) {
      of = star + 1
      at = ++taken
    } else return false
  }
  while (glob[of] === '*') of++
  return of === glob.length
}
