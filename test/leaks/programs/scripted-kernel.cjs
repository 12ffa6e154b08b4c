// A preload before the package: what it reads from the kernel's device comes from the test's file of secrets instead,
// straight into its own buffer, so that the bytes are nowhere else. Clocks stand still. So the test can compute all
// secrets by itself.
const fs = require('node:fs')

const { fstatSync, readSync } = fs
const script = fs.openSync(process.env.SECRETS, 'r')
const device = (fd) => fd > 2 && fstatSync(fd).isCharacterDevice()
fs.readSync = (fd, buffer, ...rest) =>
  device(fd) ? readSync(script, buffer, rest[0], rest[1], null) : readSync(fd, buffer, ...rest)
Date.now = () => 1
performance.now = () => 1
Object.defineProperty(performance, 'timeOrigin', { value: 1 })
process.hrtime.bigint = () => 1n
