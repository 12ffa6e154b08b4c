// Draws while the snapshot is built, so that all caches are full, and again in each process that is started from it.
import { randomUUID } from 'node:crypto'
import { startupSnapshot } from 'node:v8'
import { random } from 'atfork'

random.uuid()
randomUUID()
startupSnapshot.setDeserializeMainFunction(() => console.log(random.uuid(), randomUUID()))
