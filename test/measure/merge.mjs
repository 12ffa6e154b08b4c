/**
 * Adds what children have run to what the tests' own processes have. The same source comes out of two compilers, so
 * that only the beginnings of statements and branches are at the same places in both, and these are compared.
 */
const beginning = ({ start }) => `${start.line}:${start.column}`

/** By beginning, the counts of one kind of thing in one file. */
const counts = (things, hits, placeOf) =>
  new Map(Object.entries(things).map(([id, thing]) => [placeOf(thing), hits[id]]))

const statement = (location) => beginning(location)
const called = ({ decl }) => beginning(decl)
const branch = ({ type, loc }) => `${type} ${beginning(loc)}`

/** The source's shape is that of `into`. */
export function add(into, from) {
  for (const [map, hits, placeOf] of [
    ['statementMap', 's', statement],
    ['fnMap', 'f', called],
  ]) {
    const more = counts(from[map], from[hits], placeOf)
    for (const [id, thing] of Object.entries(into[map])) into[hits][id] += more.get(placeOf(thing)) ?? 0
  }
  const more = counts(from.branchMap, from.b, branch)
  for (const [id, thing] of Object.entries(into.branchMap)) {
    const paths = more.get(branch(thing))
    if (paths?.length === into.b[id].length) into.b[id] = into.b[id].map((count, path) => count + paths[path])
  }
}
