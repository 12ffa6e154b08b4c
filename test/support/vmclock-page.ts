/** A file laid out like the page of Linux's VMClock. */
import { closeSync, openSync, writeSync } from 'node:fs'

/** The fields that matter, at their offsets in the kernel's include/uapi/linux/vmclock-abi.h. */
export interface Page {
  magic?: number
  seqCount?: number
  flags?: bigint
  generation?: bigint
}

/** The page's 4096 bytes. Default: a page at rest, whose hypervisor keeps a generation counter. */
export function vmClockPage({ magic = 0x4b4c4356, seqCount = 2, flags = 1n << 8n, generation = 1n }: Page): Buffer {
  const page = Buffer.alloc(4096)
  page.writeUInt32LE(magic, 0)
  page.writeUInt32LE(4096, 4)
  page.writeUInt16LE(1, 8)
  page.writeUInt32LE(seqCount, 12)
  page.writeBigUInt64LE(flags, 24)
  page.writeBigUInt64LE(generation, 104)
  return page
}

/** Writes the page as the hypervisor does: in place, and nobody sees the file without it. */
export function writeVmClockPage(path: string, page: Page): void {
  const fd = openSync(path, 'r+')
  writeSync(fd, vmClockPage(page), 0, 4096, 0)
  closeSync(fd)
}
