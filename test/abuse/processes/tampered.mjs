/** The tour, while something is tampered with that all programs share. */
import { TAMPERINGS } from './tamper.mjs'
import { tour } from './tour.mjs'

/** It was tampered with before the package was imported. */
export async function before(address, name) {
  const undo = TAMPERINGS[name]()
  try {
    return tour(await import(address))
  } catch (error) {
    return { refused: `${error?.name}: ${error?.message}` }
  } finally {
    undo()
  }
}

/**
 * Each tampering in turn, after the package has been imported and used.
 *
 * @returns The tours meanwhile, by name; and one at the end, when all is undone.
 */
export async function after(address) {
  const api = await import(address)
  tour(api)
  const meanwhile = {}
  for (const name of Object.keys(TAMPERINGS)) {
    const undo = TAMPERINGS[name]()
    try {
      meanwhile[name] = tour(api)
    } finally {
      undo()
    }
  }
  return { meanwhile, undone: tour(api) }
}
