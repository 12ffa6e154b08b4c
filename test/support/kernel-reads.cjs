// A preload before the package, which takes fs.readSync as it finds it: counts reads of the kernel's device, and makes
// them fail while globalThis.kernelReads.fail is true.
const fs = require('node:fs')

const { readSync } = fs
const kernelReads = { count: 0, fail: false }
globalThis.kernelReads = kernelReads
fs.readSync = (fd, ...args) => {
  if (fs.fstatSync(fd).isCharacterDevice()) {
    if (kernelReads.fail) throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' })
    kernelReads.count++
  }
  return readSync(fd, ...args)
}
