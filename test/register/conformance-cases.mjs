/**
 * Calls each function that `atfork/register` guards in every form that Node documents, and prints what each call did as
 * JSON: { group: { case: … } }. It knows nothing of the guard. Names of groups as arguments: only those.
 */
import { bytes } from './conformance/bytes.mjs'
import { callbacks } from './conformance/callbacks.mjs'
import { fill } from './conformance/fill.mjs'
import { ids } from './conformance/ids.mjs'
import { integers } from './conformance/integers.mjs'
import { surface } from './conformance/surface.mjs'
import { webcrypto } from './conformance/webcrypto.mjs'

// The surface first: it looks at properties before anything has read them. Then the callbacks: they need to know how
// many integers Node has ready, and the draws of `integers` that Node rejects make that a matter of chance.
const GROUPS = { surface, callbacks, bytes, fill, integers, ids, webcrypto }

const asked = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(GROUPS)
const report = {}
for (const name of asked) report[name] = await GROUPS[name]()
process.stdout.write(JSON.stringify(report))
