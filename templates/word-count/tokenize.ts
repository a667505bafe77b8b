const NOT_A_LETTER = /[^\p{L}]+/u

/** The words of a line, in lower case. */
export function tokenize(line: string): string[] {
  return line.toLowerCase().split(NOT_A_LETTER)
}
