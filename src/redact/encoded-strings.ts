/**
 * Text that a program encoded, so that no rule sees what it will be once it is decoded: strings of JSON with escapes
 * (`"p\u0061ssword"`, or JSON within a string of JSON), and the arrays of bytes that `journalctl -o json` prints for a
 * message with controls. Each is decoded and asked about; where something in it is secret, what is left takes its place,
 * as a string of JSON. All else stays as it was printed, and no line is lost or added. Linear.
 */
export function redactEncoded(text: string, redact: (decoded: string) => string): string {
  const ask = (encoded: string, decoded: string | undefined): string => {
    if (decoded === undefined) return encoded
    const left = redact(decoded)
    return left === decoded ? encoded : JSON.stringify(left)
  }
  return overStrings(text, (literal) => ask(literal, decodeString(literal))).replace(BYTES, (array) =>
    ask(array, decodeBytes(array)),
  )
}

/** Keys of JSON as they are read (`"p\u0061ssword":`), for the rules that go by the key before a value. */
export const withPlainKeys = (text: string): string =>
  overStrings(text, (literal, colon) => {
    const decoded = colon === ':' ? decodeString(literal) : undefined
    return decoded === undefined || !/^[ -~]*$/.test(decoded) ? literal : JSON.stringify(decoded)
  })

/**
 * Changes what stands in double quotes and has a backslash in it; `colon` is what follows where it is a key. A quote that
 * does not end in its line is passed over with the rest of the line.
 */
function overStrings(text: string, change: (literal: string, colon: string) => string): string {
  return text.replace(STRING, (all: string, literal?: string, colon = '') =>
    literal?.includes('\\') ? change(literal, colon) + all.slice(literal.length) : all,
  )
}

const STRING = /("(?:[^"\\\n]|\\.)*")(?:[ \t]*(:))?|"(?:[^"\\\n]|\\.)*\\?/g

const BYTES = /\[(?:[0-9]{1,3}, ?){7,}[0-9]{1,3}\]/g

function decodeString(literal: string): string | undefined {
  try {
    const value: unknown = JSON.parse(literal)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

function decodeBytes(array: string): string | undefined {
  const bytes = array.slice(1, -1).split(',').map(Number)
  return bytes.every((byte) => byte < 256) ? Buffer.from(bytes).toString('utf8') : undefined
}
