import { InvalidArgumentError } from 'commander'

/** The name of an application: one printable line. */
export function parseName(text: string): string {
  const name = text.trim()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters would reach the terminal
  if (name.length > 0 && name.length <= 200 && !/[\u0000-\u001f\u007f]/.test(name)) return name
  throw new InvalidArgumentError('a name is one line of 1 to 200 characters.')
}
