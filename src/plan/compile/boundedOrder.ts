type Compare = (a: unknown, b: unknown) => number

/** The first `limit` records in an order, in a heap whose top is the last of them; of equal ones the earlier stays. */
export function boundedOrder(limit: number, compare: Compare): { add(record: unknown): void; sorted(): unknown[] } {
  const heap: { record: unknown; at: number }[] = []
  let seen = 0
  const after = (a: { record: unknown; at: number }, b: { record: unknown; at: number }): boolean => {
    const order = compare(a.record, b.record)
    return order === 0 ? a.at > b.at : order > 0
  }
  const swap = (i: number, j: number): void => {
    const kept = heap[i]!
    heap[i] = heap[j]!
    heap[j] = kept
  }
  const sink = (): void => {
    for (let i = 0; ; ) {
      let largest = i
      for (const child of [2 * i + 1, 2 * i + 2]) if (child < heap.length && after(heap[child]!, heap[largest]!)) largest = child
      if (largest === i) return
      swap(i, largest)
      i = largest
    }
  }
  return {
    add(record) {
      const entry = { record, at: seen++ }
      if (heap.length < limit) {
        heap.push(entry)
        for (let i = heap.length - 1; i > 0; ) {
          const parent = (i - 1) >> 1
          if (!after(heap[i]!, heap[parent]!)) break
          swap(i, parent)
          i = parent
        }
      } else if (limit > 0 && after(heap[0]!, entry)) {
        heap[0] = entry
        sink()
      }
    },
    sorted() {
      return heap.sort((a, b) => (after(a, b) ? 1 : -1)).map((entry) => entry.record)
    },
  }
}
