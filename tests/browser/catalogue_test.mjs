// The demo site in a real browser: every page, light and dark, wide and narrow. Fails on a console error, a broken
// request, a page wider than its window, text that is too faint to read, or a link from page to page that does not work.
//
//     node catalogue_test.mjs http://127.0.0.1:8765 [FOLDER FOR SCREENSHOTS]
import assert from 'node:assert/strict'
import { chromium } from 'playwright-core'

const [site, folder] = process.argv.slice(2)
if (!site) throw new Error('usage: node catalogue_test.mjs http://127.0.0.1:PORT [FOLDER]')

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync']
})

let passed = 0
let failed = 0
async function check (name, body) {
  try {
    await body()
    passed += 1
  } catch (error) {
    failed += 1
    console.error(`FAILED ${name}\n  ${error.message}`)
  }
}

/** Opens PATH in a page of its own and gives it to BODY; console errors and failed requests fail it. */
async function visit (path, { dark = false, width = 1280, status = 200 } = {}, body = async () => {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: dark ? 'dark' : 'light' })
  const page = await context.newPage()
  const complaints = []
  page.on('console', message => { if (message.type() === 'error' && status === 200) complaints.push(message.text()) })
  page.on('requestfailed', request => complaints.push(`${request.url()}: ${request.failure().errorText}`))
  const response = await page.goto(site + path)
  assert.equal(response.status(), status, `${path} answers ${response.status()}`)
  await body(page)
  assert.deepEqual(complaints, [])
  await context.close()
}

/** WCAG contrast of the body text against the nearest background that is painted. */
const contrast = () => {
  const rgb = text => text.match(/[\d.]+/g).map(Number)
  const luminance = ([r, g, b]) => {
    const channel = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 }
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b)
  }
  const background = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor)
      if (colour.length < 4 || colour[3] === 1) return colour
    }
    return [255, 255, 255]
  }
  let worst = 21
  for (const element of document.querySelectorAll('main p, main li, main td, main a, main h1, main h2, footer')) {
    if (!element.textContent.trim()) continue
    const a = luminance(rgb(getComputedStyle(element).color))
    const b = luminance(background(element))
    worst = Math.min(worst, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05))
  }
  return worst
}

const api = await (await fetch(`${site}/api/packages/?q=bash`)).json()
const results = api.results ?? api.packages
const name = 'bash'
let maintainer = ''
await visit(`/packages/${name}/`, {}, async page => {
  maintainer = new URL(await page.getAttribute('a[href^="/maintainers/"]', 'href'), site).pathname
})

const pages = { index: '/', packages: '/packages/', search: '/packages/?q=lib', package: `/packages/${name}/`, maintainer, missing: '/no-such-page/' }
for (const [title, path] of Object.entries(pages)) {
  const status = title === 'missing' ? 404 : 200
  for (const dark of [false, true]) {
    for (const width of [1280, 390]) {
      const variant = `${title}${dark ? ' dark' : ''}${width < 500 ? ' narrow' : ''}`
      await check(variant, () => visit(path, { dark, width, status }, async page => {
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        assert.ok(overflow <= 0, `the page is ${overflow} px wider than its window`)
        const ratio = await page.evaluate(contrast)
        assert.ok(ratio >= 4.5, `text with a contrast of ${ratio.toFixed(2)}, below 4.5`)
        if (folder) await page.screenshot({ path: `${folder}/${variant.replaceAll(' ', '-')}.png` })
      }))
    }
  }
}

await check('the JSON list knows bash', async () => {
  assert.ok(Array.isArray(results) && results.some(row => row.name === name), JSON.stringify(api).slice(0, 200))
})
await check('a search, a page forward, and a package by its link', () => visit('/packages/', {}, async page => {
  await page.fill('input[name=q]', 'python3-d')
  await page.press('input[name=q]', 'Enter')
  await page.waitForURL(/q=python3-d/)
  await page.click('a[rel=next]')
  await page.waitForURL(/page=2/)
  assert.match(page.url(), /q=python3-d/, 'the search is lost on the second page')
  await page.click('main a[href^="/packages/"]')
  await page.waitForSelector('h1')
}))
await check('the footer counts queries', () => visit('/packages/', {}, async page => {
  assert.match(await page.textContent('footer'), /\d+ quer(y|ies),\s+[\d.]+\s+ms/)
}))

await browser.close()
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
