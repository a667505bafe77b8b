import { InvalidArgumentError } from 'commander'

/** A comma list; a repeated option adds to it. */
export function parseList(text: string, before: string[] | undefined): string[] {
  const items = text.split(',').map((item) => item.trim())
  if (items.some((item) => item === '')) throw new InvalidArgumentError('a comma list has no empty parts.')
  return [...(before ?? []), ...items]
}
