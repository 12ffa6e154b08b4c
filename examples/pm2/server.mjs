import { createServer } from 'node:http'
import { random } from 'atfork'

const server = createServer((_request, response) => response.end(`process ${process.pid}: ${random.uuid()}\n`))
server.listen(process.env.PORT ?? 3000, () => console.log(`listens on port ${server.address().port}`))
