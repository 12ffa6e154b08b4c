const { join } = require('node:path')

module.exports = {
  apps: [
    {
      name: 'app',
      script: join(__dirname, 'server.mjs'),
      exec_mode: 'cluster',
      instances: 2,
      // Absolute: PM2 looks a relative path up in the folder in which its daemon was started.
      node_args: ['--import', join(__dirname, 'postfork.mjs')],
    },
  ],
}
