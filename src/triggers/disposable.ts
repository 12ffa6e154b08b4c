/** What each trigger returns: `using` works with it, and disposing it twice is fine. */

/** Calls `release` at the first disposal. */
export function disposable(release: () => void): Disposable {
  let disposed = false
  return {
    [Symbol.dispose]() {
      if (disposed) return
      disposed = true
      release()
    },
  }
}
