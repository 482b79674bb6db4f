/**
 * What comes of work that may take so many milliseconds; it does not end by that, and what comes of it later is nobody's business. The wait holds
 * no process up that wants to end.
 *
 * @param tooLate what is thrown instead, made only then
 * @throws whatever the work does, and what `tooLate` makes
 */
export async function withinTime<T>(ms: number, work: Promise<T>, tooLate = () => new Error('took too long')): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooLate()), ms).unref()
  })
  return Promise.race([work, limit]).finally(() => clearTimeout(timer))
}
