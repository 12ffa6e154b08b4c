/**
 * `/dev/hwrng`, where this process may read it and it answers at once: in a virtual machine it is often the host's,
 * which is not part of the copy. An addition at copies, never relied on: it is absent in most places.
 */
import { builtin } from '../builtins.ts'

const PATH = '/dev/hwrng'
const LENGTH = 32

/** Up to 32 bytes; none where there is no such device, or it would have to be waited for. */
export function hardwareBytes(): Uint8Array {
  const fs = builtin('fs')
  const bytes = new Uint8Array(LENGTH)
  try {
    const fd = fs?.openSync(PATH, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
    if (fs === undefined || fd === undefined) return bytes.subarray(0, 0)
    try {
      return bytes.subarray(0, fs.fstatSync(fd).isCharacterDevice() ? fs.readSync(fd, bytes, 0, LENGTH, null) : 0)
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    return bytes.subarray(0, 0)
  }
}
