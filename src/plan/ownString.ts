/**
 * The same string with memory of its own: one that was cut from a longer text keeps all of that text alive. Two joined
 * parts become one flat string when a character of them is read, and the parts are let go.
 */
export function ownString(text: string): string {
  const own = text.slice(0, 1) + text.slice(1)
  return own.charCodeAt(0) === text.charCodeAt(0) ? own : text
}
