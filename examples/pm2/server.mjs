import { createServer } from 'node:http'
import { random } from 'atfork'

createServer((_request, response) => response.end(`process ${process.pid}: ${random.uuid()}\n`)).listen(
  process.env.PORT ?? 3000,
)
