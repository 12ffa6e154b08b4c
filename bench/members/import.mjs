/** The same as empty.mjs, with the package loaded. */
import 'atfork'

if (process.connected) process.disconnect()
