/**
 * Terminal control, out of text that a host sent (S16). Escape sequences (ECMA-48: CSI, OSC, DCS, APC, PM, SOS, in 7
 * and 8 bits) and all controls but \n and \t are dropped, CR LF and CR become \n, and what reorders or hides text is
 * made visible as `<U+202E>`.
 *
 * A control string (OSC and its kin) ends at its terminator. One that has none before the next control character loses
 * its introducer only: an escape sequence cannot hide the lines after it. No line is lost or added, and no escape
 * survives, so twice is the same as once.
 */
export const sanitise = (text: string): string => text.replace(CONTROL, replacement).replace(UNSEEN, visible)

const replacement = (found: string): string => (found.startsWith('\r') ? '\n' : '')
const visible = (found: string): string =>
  `<U+${found.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}>`

/** Each alternative scans on only over characters that start no other one: linear. */
const CONTROL = new RegExp(
  [
    String.raw`\r\n?`,
    // OSC, DCS, SOS, PM, APC: introducer, text, and BEL or ST.
    String.raw`(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0000-\u0008\u000a-\u001f\u007f-\u009f]*(?:\u0007|\u001b\\|\u009c)`,
    String.raw`\u001b[\]PX^_]`,
    // CSI: parameters, intermediates, final byte.
    String.raw`(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?`,
    // Any other escape: ESC ( B, ESC 7, ESC c.
    String.raw`\u001b[ -/]*[0-~]?`,
    String.raw`[\u0000-\u0008\u000b-\u001f\u007f-\u009f]`,
  ].join('|'),
  'g',
)

/** What reorders text, has no width, or fills like a space: as ranges of code points. */
const UNSEEN = new RegExp(
  [
    // Soft hyphen, grapheme joiner; Arabic letter mark; Hangul, Khmer and Mongolian fillers.
    ['00ad', '00ad'],
    ['034f', '034f'],
    ['061c', '061c'],
    ['115f', '1160'],
    ['17b4', '17b5'],
    ['180b', '180f'],
    // Zero-width characters, bidirectional controls, line separators, invisible operators.
    ['200b', '200f'],
    ['2028', '202e'],
    ['2060', '206f'],
    ['3164', '3164'],
    ['feff', 'feff'],
    ['ffa0', 'ffa0'],
    ['fff9', 'fffb'],
    // Tags: a copy of ASCII that nobody sees.
    ['e0000', 'e007f'],
  ]
    .map(([first, last]) => `[\\u{${first}}-\\u{${last}}]`)
    .join('|'),
  'gu',
)
