// Preloaded into each of PM2's workers. The application is not changed.
import { postfork } from 'atfork'

postfork(({ kind, pid, workerId }) => console.log(`${kind} worker ${workerId}: process ${pid}`))
