/**
 * Bytes of a host as text. What is not UTF-8 becomes U+FFFD, one for each broken sequence: a character that the cap cut
 * in two is one U+FFFD at the end, and never an error. A byte order mark is kept, so that sanitise can show it: it
 * breaks scripts.
 */
export const decode = (bytes: Uint8Array): string => decoder.decode(bytes)

const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })
