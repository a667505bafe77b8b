export type Awaitable<T> = T | Promise<T>

/** Goes on with a value now, or when its promise settles: tasks stay synchronous as long as nothing waits. */
export function after<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** `after` for several values. */
export function afterAll<T, U>(values: readonly Awaitable<T>[], next: (values: T[]) => Awaitable<U>): Awaitable<U> {
  if (values.some((value) => value instanceof Promise)) return Promise.all(values).then(next)
  return next(values as T[])
}
