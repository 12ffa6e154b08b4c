/** A real browser without a window: the one in CHROMIUM, or `chromium` of the PATH. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import type { TestContext } from 'vitest'
import { missing } from './slow.ts'

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']
const inPath = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)))
const executablePath = process.env.CHROMIUM ?? inPath.find(isProgram)
const MISSING = 'a browser: set CHROMIUM to its path, or apt-get install chromium'

/** Without one the test is skipped, or fails if ATFORK_REQUIRE_ALL is 1. Each launch has a new, empty profile. */
export async function needBrowser(ctx: TestContext): Promise<Browser> {
  if (executablePath === undefined) return missing(ctx, MISSING)
  return await chromium.launch({
    executablePath,
    headless: true,
    // Root has no sandbox. The rest keeps the browser from asking the network for things of its own.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
