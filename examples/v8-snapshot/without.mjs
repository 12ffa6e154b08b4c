// The same without atfork.
import { randomUUID } from 'node:crypto'
import { startupSnapshot } from 'node:v8'

randomUUID()
startupSnapshot.setDeserializeMainFunction(() => console.log(randomUUID()))
