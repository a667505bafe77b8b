/** Ended tasks whose places are kept. */
const REMEMBERED = 1000

interface TaskPlace {
  readonly stageId: number
  readonly partition: number
}

/** Where tasks are, for what they print; what one prints right after its end still gets its name. */
export class TaskPlaces {
  readonly #places = new Map<number, TaskPlace>()
  readonly #ended: number[] = []

  started(taskId: number, place: TaskPlace): void {
    this.#places.set(taskId, place)
  }

  get(taskId: number): TaskPlace | undefined {
    return this.#places.get(taskId)
  }

  ended(taskId: number): void {
    this.#ended.push(taskId)
    if (this.#ended.length > 2 * REMEMBERED) for (const old of this.#ended.splice(0, REMEMBERED)) this.#places.delete(old)
  }
}
