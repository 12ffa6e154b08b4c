// Draws while the executable is built, so that all caches are full, and again at each start.
import { randomUUID } from 'node:crypto'
import { startupSnapshot } from 'node:v8'
import { random } from 'atfork'

random.uuid()
randomUUID()
startupSnapshot.setDeserializeMainFunction(() => console.log(random.uuid(), randomUUID()))
