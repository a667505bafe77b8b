type Stream = 'stdout' | 'stderr'
interface Line {
  taskId?: number
  text: string
}

const MOST_LINES = 500

/** Gathers what tasks print into whole lines and passes them on in batches, in order. */
export class ConsoleBuffer {
  readonly #partial = new Map<string, { text: string; taskId: number | undefined }>()
  #stream: Stream = 'stdout'
  #lines: Line[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(readonly pass: (stream: Stream, lines: Line[]) => void) {}

  add(slot: number, stream: Stream, taskId: number | undefined, text: string): void {
    const key = `${slot}/${stream}`
    const before = this.#partial.get(key)
    if (before && before.taskId !== taskId) {
      this.#line(stream, before.taskId, before.text)
      this.#partial.delete(key)
    }
    const pieces = ((before?.taskId === taskId ? before?.text : undefined) ?? '').concat(text).split('\n')
    const rest = pieces.pop()!
    for (const piece of pieces) this.#line(stream, taskId, piece)
    if (rest === '') this.#partial.delete(key)
    else this.#partial.set(key, { text: rest, taskId })
    this.#timer ??= setTimeout(() => this.flush(), 50)
  }

  /** Passes on all there is; unfinished lines end here. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const [key, { text, taskId }] of this.#partial) this.#line(key.endsWith('stdout') ? 'stdout' : 'stderr', taskId, text)
    this.#partial.clear()
    this.#pass()
  }

  #line(stream: Stream, taskId: number | undefined, text: string): void {
    if (stream !== this.#stream || this.#lines.length >= MOST_LINES) this.#pass()
    this.#stream = stream
    this.#lines.push({ taskId, text })
  }

  #pass(): void {
    if (this.#lines.length === 0) return
    const lines = this.#lines
    this.#lines = []
    this.pass(this.#stream, lines)
  }
}
