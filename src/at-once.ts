/** What can be told without asking anybody is told at once; all else, and every fault, comes as a promise. */
export type AtOnce<T> = T | Promise<T>

/** Has what is thrown come as a rejection, like the fault of whoever had to be asked. */
export function atOnce<T>(tell: () => AtOnce<T>): AtOnce<T> {
  try {
    return tell()
  } catch (fault) {
    return Promise.reject(fault as Error)
  }
}

/** Goes on with what was told, at once where it was told at once. */
export function andThen<T, Next>(told: AtOnce<T>, next: (value: T) => AtOnce<Next>): AtOnce<Next> {
  return told instanceof Promise ? told.then(next) : next(told)
}
