/** The page in a real browser: light and dark, on a desktop and on a phone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { renderHtml } from '../../src/audit/html.ts'
import { RESULT } from '../support/audit-result.ts'
import { needBrowser } from '../support/chromium.ts'
import { slow } from '../support/slow.ts'

beforeEach(slow)

const LOOKS = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 375 },
  { colorScheme: 'dark', width: 375 },
] as const
type Look = (typeof LOOKS)[number]

/** WCAG 2.2, 1.4.3. */
const MIN_CONTRAST = 4.5

let folder: string
let browser: Browser | undefined
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'atfork-page-'))
})
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Opened {
  page: Page
  /** Errors and warnings of the console, and what was thrown. */
  complaints: string[]
  requests: string[]
  url: string
}

async function open({ colorScheme, width }: Look, text: string): Promise<Opened> {
  const file = join(folder, 'report.html')
  writeFileSync(file, text)
  const url = pathToFileURL(file).href
  const page = await (browser as Browser).newPage({ viewport: { width, height: 800 } })
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => requests.push(request.url()))
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
  await page.goto(url)
  return { page, complaints, requests, url }
}

const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

/** The lowest contrast (WCAG 2.2, relative luminance) of the elements' text, on the first opaque background behind it. */
const contrast = (page: Page, selector: string): Promise<{ lowest: number; count: number }> =>
  page.evaluate((wanted) => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
    const rgba = (colour: string): number[] => {
      if (canvas === null) throw new Error('no canvas')
      canvas.clearRect(0, 0, 1, 1)
      canvas.fillStyle = colour
      canvas.fillRect(0, 0, 1, 1)
      return [...canvas.getImageData(0, 0, 1, 1).data]
    }
    const luminance = (colour: number[]): number => {
      const [r = 0, g = 0, b = 0] = colour.map((c) =>
        c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
      )
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const behind = (element: Element | null): number[] => {
      if (element === null) return rgba('white')
      const colour = rgba(getComputedStyle(element).backgroundColor)
      return colour[3] === 255 ? colour : behind(element.parentElement)
    }
    const ratios = [...document.querySelectorAll(wanted)].map((element) => {
      const pair = [luminance(rgba(getComputedStyle(element).color)), luminance(behind(element))]
      return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05)
    })
    return { lowest: Math.min(...ratios), count: ratios.length }
  }, selector)

const TEXT =
  'td, td a, td small, th, th small, p, li, dt, dd, h1, h2, h3, caption, figcaption, summary, a, code, strong'

for (const look of LOOKS)
  test(`${look.colorScheme}, ${look.width} pixels wide`, async (ctx) => {
    browser ??= await needBrowser(ctx)
    const { page, complaints, requests, url } = await open(look, renderHtml(RESULT))

    expect(await overflow(page)).toBe(0)
    const box = await page.evaluate(() => {
      const scroll = document.querySelector('.scroll') as Element
      return { wide: scroll.scrollWidth > scroll.clientWidth, overflow: getComputedStyle(scroll).overflowX }
    })
    expect(box.overflow).toBe('auto')
    if (look.width === 375) expect(box.wide).toBe(true) // or there would be nothing to keep from overflowing

    for (const selector of ['td.repeats a', 'td.distinct a', 'td.control a', 'td.constant a', 'td.failed a', TEXT]) {
      const { lowest, count } = await contrast(page, selector)
      expect(count, selector).toBeGreaterThan(0)
      expect(lowest, selector).toBeGreaterThanOrEqual(MIN_CONTRAST)
    }

    const red = page.locator('td.repeats a')
    expect(await red.count()).toBe(4)
    for (const link of await red.all()) {
      await link.click()
      const target = page.locator(new URL(page.url()).hash)
      for (const part of ['h3', 'svg', '.first', '.todo']) expect(await target.locator(part).isVisible()).toBe(true)
      // It was scrolled to.
      const top = (await target.boundingBox())?.y ?? Number.NaN
      expect(top).toBeGreaterThanOrEqual(-1)
      expect(top).toBeLessThan(800)
    }
    await page.locator('details').evaluateAll((all) => {
      for (const one of all) (one as HTMLDetailsElement).open = true
    })
    expect(await page.locator('details svg:visible').count()).toBe(await page.locator('details').count())
    expect(await overflow(page)).toBe(0)

    // An empty picture of one colour would compress to next to nothing.
    expect((await page.screenshot()).length).toBeGreaterThan(10_000)
    expect(await page.title()).toBe('atfork audit: 4 repeating')
    expect(complaints).toEqual([])
    expect(requests.filter((one) => !one.startsWith(url))).toEqual([])
    await page.close()
  })

test('equal rows look equal, pixel by pixel, and others do not', async (ctx) => {
  browser ??= await needBrowser(ctx)
  const { page } = await open(LOOKS[0], renderHtml(RESULT))
  const index = RESULT.cells.findIndex(({ source, verdict }) => source === 'crypto.randomUUID' && verdict === 'repeats')
  const svg = page.locator(`#cell-${index} svg`)
  // A whole number of pixels for each row, so that all are drawn alike.
  await svg.evaluate((element) => element.setAttribute('height', '100'))
  await svg.scrollIntoViewIfNeeded()
  const { x = 0, y = 0, width = 0 } = (await svg.boundingBox()) ?? {}
  const row = (copy: number): Promise<Buffer> =>
    page.screenshot({ clip: { x, y: Math.round(y) + copy * 20, width, height: 20 } })
  const rows = await Promise.all([0, 1, 2, 3, 4].map(row))
  for (const copy of [2, 3, 4]) expect(rows[copy]?.equals(rows[1] as Buffer)).toBe(true)
  expect(rows[0]?.equals(rows[1] as Buffer)).toBe(false)
  await page.close()
})

test('these checks find what they look for', async (ctx) => {
  browser ??= await needBrowser(ctx)
  // Without the policy, with a wide line, an image from elsewhere, a script that throws, and grey on grey.
  const broken = renderHtml(RESULT)
    .replace(/<meta http-equiv[^>]*>/, '<style>td.distinct a { color: #999 }</style>')
    .replace(
      '<h1>',
      '<div style="width: 2000px">wide</div><img src="missing.png"><script>throw new Error("x")</script><h1>',
    )
  const { page, complaints, requests, url } = await open(LOOKS[2], broken)
  expect(await overflow(page)).toBeGreaterThan(0)
  expect((await contrast(page, 'td.distinct a')).lowest).toBeLessThan(MIN_CONTRAST)
  expect(complaints.join()).toContain('Error: x')
  expect(requests.filter((one) => !one.startsWith(url))).toHaveLength(1)
  await page.close()
})

test('the policy stops what escaping would have let through', async (ctx) => {
  browser ??= await needBrowser(ctx)
  const hostile = '<script>document.title = "x"</script><img src="missing.png"><h1>'
  const { page } = await open(LOOKS[0], renderHtml(RESULT).replace('<h1>', hostile))
  expect(await page.title()).toBe('atfork audit: 4 repeating')
  expect(await page.locator('img').evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(0)
  await page.close()
})
