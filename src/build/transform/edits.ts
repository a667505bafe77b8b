interface Edit {
  readonly position: number
  readonly order: number
  readonly text: string
}

/** Insertions into a text. At one position closing ones come before opening ones, inner before outer and outer before inner. */
export class Edits {
  readonly #edits: Edit[] = []
  readonly #rewrites: Edit[] = []
  #next = 0

  /** Opens something: of several at one position the first added is outermost. */
  open(position: number, text: string): void {
    this.#edits.push({ position, order: 1e9 + this.#next++, text })
  }

  /** Closes something: the last added is innermost. */
  close(position: number, text: string): void {
    this.#edits.push({ position, order: -this.#next++, text })
  }

  /** An edit that the copies in factories need too. */
  rewrite(start: number, end: number, opening: string, closing: string): void {
    this.#rewrites.push({ position: start, order: 1e9 + this.#next++, text: opening }, { position: end, order: -this.#next++, text: closing })
  }

  /** The text [0, length) with all edits: strings that are inserted, and ranges that are kept. */
  apply(length: number): Part[] {
    return compose([...this.#edits, ...this.#rewrites].sort(byPosition), 0, length)
  }

  /** The text [start, end) as the user wrote it, with the rewrites only. */
  copy(start: number, end: number): Part[] {
    const inside = this.#rewrites.filter(({ position }) => position >= start && position <= end).sort(byPosition)
    return compose(inside, start, end)
  }
}

/** Text of ours, or a range of the original. */
export type Part = string | readonly [start: number, end: number]

function compose(edits: readonly Edit[], start: number, end: number): Part[] {
  const parts: Part[] = []
  let at = start
  for (const { position, text } of edits) {
    if (position > at) parts.push([at, position])
    parts.push(text)
    at = position
  }
  if (at < end) parts.push([at, end])
  return parts
}

function byPosition(a: Edit, b: Edit): number {
  return a.position - b.position || a.order - b.order
}
