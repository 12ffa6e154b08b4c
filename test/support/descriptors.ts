/** A piece of a program for runNode that looks at its own descriptors. */

/**
 * In each child: which file stands behind a descriptor, which descriptors are the device's, and whether there are more
 * than there were. Threads of Node's own open and close a file now and then, so that one more or less says nothing.
 */
export const DESCRIPTORS: string = `
  import fs from 'node:fs'
  const target = (fd) => { try { return fs.readlinkSync('/proc/self/fd/' + fd) } catch { return '' } }
  const descriptors = () => fs.readdirSync('/proc/self/fd').map(Number)
  const held = () => descriptors().filter((fd) => target(fd) === '/dev/urandom')
  const before = descriptors().length
  const leaked = () => descriptors().length - before > 5`
