type Thunk = () => unknown[]

class Returned {
  constructor(target: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the point: a private field is put on the function itself
    return target
  }
}

/** Keeps a function's captures on the function as a private field: nothing can see it, and it costs some nanoseconds. */
class Captures extends Returned {
  readonly #thunk: Thunk

  constructor(fn: object, thunk: Thunk) {
    super(fn)
    this.#thunk = thunk
  }

  static of(fn: object): Thunk | undefined {
    return #thunk in fn ? (fn as Captures).#thunk : undefined
  }
}

/** What bundles call where a capturing function is made: remembers how to get at its captures. */
export function recordCaptures<F extends object>(fn: F, thunk: Thunk): F {
  if (!Captures.of(fn)) new Captures(fn, thunk)
  return fn
}

/** The function that gives a function's captured values; undefined if none was recorded. */
export function capturesOf(fn: object): Thunk | undefined {
  return Captures.of(fn)
}
