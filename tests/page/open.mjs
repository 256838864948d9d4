// Opens pages of kits in Chromium and looks at them as a reader would: with eyes, keyboard, screen reader, printer.
// Arguments: the folder with the node modules, the browser, a folder for what is printed, and NAME=FILE for each page.
// Prints a line for each thing that was looked at; exit code 1 when one is not as it has to be.

import { createRequire } from "node:module";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import assert from "node:assert/strict";

const [modules, browserPath, printed, ...named] = process.argv.slice(2);
const require = createRequire(pathToFileURL(join(modules, "/")));
const { chromium } = require("playwright-core");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const pages = Object.fromEntries(named.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
// A4 without the margins of the page, in CSS pixels: 182 mm by 265 mm.
const PAPER = { width: 687, height: 1001 };

const browser = await chromium.launch({
  executablePath: browserPath,
  args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});
let failed = 0;

async function look(what, file, options, test) {
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  const url = pathToFileURL(file).href;
  const faults = [];
  const began = performance.now();
  // What the page asks for, what it says to the console, and what it throws. Nothing of that may be.
  context.on("request", (request) => {
    if (request.url().split("#")[0] !== url && !request.url().startsWith("data:")) faults.push(`asks for ${request.url()}`);
  });
  context.on("console", (message) => faults.push(`says ${message.text()}`));
  context.on("weberror", (error) => faults.push(`throws ${error.error().message}`));
  context.on("dialog", (dialog) => faults.push(`opens ${dialog.message()}`));
  try {
    const page = await context.newPage();
    const start = performance.now();
    await page.goto(url + (options.hash ?? ""));
    if (options.javaScriptEnabled !== false) {
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    }
    await test(page, performance.now() - start, url, faults);
    assert.deepEqual(faults, []);
    console.log(`ok ${what} (${Math.round(performance.now() - began)} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${what}: ${error.message}`);
  } finally {
    await context.close();
  }
}

async function axe(page) {
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    const { violations } = await window.axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`);
  });
  assert.deepEqual(violations, []);
}

// What is wider than the page, and texts of the picture that are longer than their boxes.
const overflow = (page) =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll("main *, header *, footer *")].filter((element) => {
      const box = element.getBoundingClientRect();
      const inside = element.closest(".region") && !element.matches(".region");
      return box.width > 0 && !inside && box.right > width + 1;
    });
    const long = [...document.querySelectorAll("figure svg g")].filter((group) => {
      const box = group.querySelector("rect:last-of-type").getBoundingClientRect();
      return [...group.querySelectorAll("text")].some((text) => text.getBoundingClientRect().right > box.right + 1);
    });
    return [...wide, ...long].map((element) => element.outerHTML.slice(0, 160));
  });

const rows = (page) => page.locator("table[data-filter=permissions] tbody tr:visible");
const actions = async (page) => (await rows(page).locator("th").allTextContents()).map((text) => text.trim());
const hash = (page) => page.evaluate(() => location.hash);

// The names that attack are longer than anything that anybody reads; what they look like is not judged.
for (const [name, file] of Object.entries(pages).filter(([name]) => name !== "hostile")) {
  // A thousand rows take axe long, and are made as those of the other pages.
  const judge = name === "thousand" ? async () => {} : axe;
  await look(`${name}, light`, file, { colorScheme: "light" }, async (page) => {
    await judge(page);
    assert.deepEqual(await overflow(page), []);
    assert.equal(await page.locator("h1").count(), 1);
    assert.equal(await page.locator("figure svg:visible").count(), 1);
  });
  // Colours are the same on every page.
  if (name === "usual") await look(`${name}, dark`, file, { colorScheme: "dark" }, axe);
  await look(`${name}, phone`, file, { viewport: PHONE, hasTouch: true, isMobile: true }, async (page) => {
    await judge(page);
    assert.deepEqual(await overflow(page), []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
    assert.equal(await page.locator("figure svg:visible").count(), 1);
  });
  await look(`${name}, printed`, file, { viewport: PAPER }, async (page) => {
    await page.emulateMedia({ media: "print" });
    assert.deepEqual(await overflow(page), []);
    const cut = await page.evaluate((height) => {
      const faults = [];
      for (const region of document.querySelectorAll(".region")) {
        if (region.scrollWidth > region.clientWidth + 1 || region.scrollHeight > region.clientHeight + 1) {
          faults.push(`scrolls: ${region.textContent.slice(0, 80)}`);
        }
      }
      for (const row of document.querySelectorAll("tr")) {
        if (getComputedStyle(row).breakInside !== "avoid") faults.push(`breaks: ${row.textContent.slice(0, 80)}`);
        if (row.getBoundingClientRect().height > height) faults.push(`taller than a page: ${row.textContent.slice(0, 80)}`);
      }
      for (const control of document.querySelectorAll("input, select, button, nav")) {
        if (control.getClientRects().length) faults.push(`printed: ${control.outerHTML.slice(0, 80)}`);
      }
      return faults;
    }, PAPER.height);
    assert.deepEqual(cut, []);
    const pdf = await page.pdf({ preferCSSPageSize: true, format: "A4", printBackground: true });
    assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
    writeFileSync(join(printed, `${name}.pdf`), pdf);
  });
}

await look("filters and sorts by keyboard", pages.usual, {}, async (page, _, url) => {
  const all = await actions(page);
  assert.ok(all.length > 10, `${all.length} rows`);
  // Tab alone leads to every control, in the order of the page.
  const reached = [];
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => document.activeElement.closest("[data-for=permissions]") && document.activeElement.tagName));
  }
  assert.ok(reached.includes("INPUT") && reached.includes("SELECT") && reached.includes("BUTTON"), reached.join());

  const search = page.locator("[data-for=permissions] input");
  const texts = await rows(page).allTextContents();
  const fits = (text) => text.toLowerCase().includes("route53") && text.toLowerCase().includes("record");
  await search.focus();
  await page.keyboard.type("ROUTE53 record");
  const found = await actions(page);
  assert.deepEqual(found, all.filter((_, index) => fits(texts[index])));
  assert.ok(found.length > 0 && found.length < all.length);
  assert.match(await page.locator("[data-for=permissions] output").textContent(), new RegExp(`${found.length}.*${all.length}`));
  assert.match(await hash(page), /^#permissions&q=ROUTE53\+record$/);

  const level = page.locator("[data-for=permissions] label", { hasText: "Level" }).locator("select").first();
  await level.focus();
  let both = [];
  for (let presses = 0; presses < 2 && both.length === 0; presses += 1) {
    await page.keyboard.press("ArrowDown");
    both = await actions(page);
  }
  const chosen = await level.inputValue();
  assert.ok(chosen && both.length > 1, `${chosen}: ${both}`);
  for (const text of await rows(page).allTextContents()) assert.ok(fits(text) && text.includes(chosen), text);
  const action = page.locator("th[data-name=action]");
  await action.locator("button").focus();
  await page.keyboard.press("Enter");
  assert.equal(await action.getAttribute("aria-sort"), "ascending");
  await page.keyboard.press("Space");
  assert.equal(await action.getAttribute("aria-sort"), "descending");
  const order = await actions(page);
  const sorted = [...both].sort(new Intl.Collator("en", { numeric: true }).compare).reverse();
  assert.deepEqual(order, sorted);
  assert.notDeepEqual(order, [...sorted].reverse());

  // The address says it all, and says it to whoever opens it.
  const address = url + (await hash(page));
  const other = await page.context().newPage();
  await other.goto(address);
  assert.deepEqual(await actions(other), order);
  assert.equal(await other.locator("th[data-name=action]").getAttribute("aria-sort"), "descending");

  await page.locator("[data-for=permissions] button").focus();
  await page.keyboard.press("Enter");
  assert.deepEqual(await actions(page), all);
  assert.equal(await hash(page), "#permissions");
});

await look("filters by every column that has a filter", pages.usual, {}, async (page) => {
  const all = (await actions(page)).length;
  for (const name of ["Feature", "Level", "Access level", "Granted in"]) {
    const select = page.locator("[data-for=permissions] label").filter({ hasText: new RegExp(`^${name}`) }).locator("select");
    const values = (await select.locator("option").allTextContents()).slice(1);
    assert.ok(values.length > 1, `${name}: ${values}`);
    for (const value of values) {
      await select.selectOption(value);
      const shown = await rows(page).count();
      assert.ok(shown > 0 && shown < all, `${name} ${value}: ${shown} of ${all}`);
      for (const text of await rows(page).allTextContents()) assert.ok(text.includes(value), `${value}: ${text}`);
    }
    await select.selectOption("");
  }
  assert.equal(await rows(page).count(), all);
});

// Playwright's permission to write is what a secure page has; without it a page from a file has no clipboard.
for (const clipboard of [true, false]) {
  await look(`copies ${clipboard ? "with" : "without"} a clipboard`, pages.usual, { permissions: clipboard ? ["clipboard-read", "clipboard-write"] : [] }, async (page) => {
    if (!clipboard) await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    const block = page.locator("#keys pre").first();
    await block.locator("button").focus();
    await page.keyboard.press("Enter");
    await page.locator("[role=status]", { hasText: "Copied" }).waitFor({ state: "attached" });
    await page.evaluate(() => document.body.append(Object.assign(document.createElement("textarea"), { id: "paste" })));
    await page.locator("#paste").focus();
    await page.keyboard.press("Control+V");
    assert.equal(await page.locator("#paste").inputValue(), (await block.locator("code").textContent()).trim());
  });
}

await look("writes an account into the steps", pages.usual, {}, async (page) => {
  const steps = page.locator("pre[data-each] code");
  const before = (await steps.allTextContents()).join();
  assert.match(before, /\bACCOUNT\b/);
  const select = page.locator("[data-for=accounts] select");
  const account = (await select.locator("option").allTextContents())[1];
  await select.selectOption(account);
  const after = (await steps.allTextContents()).join();
  assert.equal(after, before.replace(/\bACCOUNT\b/g, account));
  await select.selectOption("");
  assert.equal((await steps.allTextContents()).join(), before);
});

let withScript;
await look("has all rows with a script", pages.usual, {}, async (page) => {
  withScript = await page.locator("tbody tr:visible").count();
});
await look("has everything without a script, and nothing dead", pages.usual, { javaScriptEnabled: false }, async (page) => {
  assert.ok(withScript > 20);
  assert.equal(await page.locator("tbody tr:visible").count(), withScript);
  assert.equal(await page.locator("button, select, input").count(), 0);
  assert.equal(await page.locator(".filters:visible").count(), 0);
  assert.ok(await page.locator("pre").count() > 10);
});

// A loaded machine may be slow once; a slow page is slow each time.
const times = [];
for (const turn of [1, 2, 3]) {
  await look(`opens a thousand targets, turn ${turn}`, pages.thousand, {}, async (page, milliseconds) => {
    times.push(milliseconds);
    assert.ok((await page.locator("#targets tbody tr").count()) >= 1000);
  });
}
const size = statSync(pages.thousand).size;
const quick = Math.min(...times) < 2000 && size < 5_000_000;
failed += quick ? 0 : 1;
console.log(`${quick ? "ok" : "FAILED"} a thousand targets open in ${times.map(Math.round).join(", ")} ms, ${size} bytes`);
await look("finds one of a thousand targets", pages.thousand, {}, async (page) => {
  const last = await page.locator("#targets tbody th").last().textContent();
  await page.locator("[data-for=targets] input").fill(last);
  assert.deepEqual(await page.locator("#targets tbody tr:visible th").allTextContents(), [last]);
});

// Every text of a deployment is text: nothing of it runs, loads, or leads anywhere.
const hashes = ["", "#permissions&q=%3Cimg%20src%3Dx%20onerror%3Dpwned()%3E&sort=__proto__&level=constructor&order=descending"];
for (const hash of hashes) {
  await look(`stays as it is with hostile names${hash && ", and a hostile address"}`, pages.hostile, { hash }, async (page) => {
    const found = await page.evaluate(() => ({
      pwned: window.pwned,
      scripts: document.scripts.length,
      handlers: [...document.querySelectorAll("*")].filter((element) => [...element.attributes].some(({ name }) => /^on|^style$/.test(name))).length,
      frames: document.querySelectorAll("iframe, object, embed, base, form, main img").length,
      links: [...document.querySelectorAll("a")].map((link) => link.getAttribute("href")).filter((href) => !/^(#|https?:\/\/)/.test(href)),
    }));
    assert.deepEqual(found, { pwned: undefined, scripts: 1, handlers: 0, frames: 0, links: [] });
    const text = await page.locator("body").textContent();
    for (const hostile of ["</script><script>window.pwned=1</script>", "{{ name }}{% raw %}", "\"><img src=x onerror=window.pwned=1>"]) {
      assert.ok(text.includes(hostile), `${hostile} is not shown`);
    }
  });
}

// Were a text not escaped, it could still do nothing.
await look("runs no script but its own", pages.usual, {}, async (page, _, __, faults) => {
  const ran = await page.evaluate(async () => {
    document.body.append(Object.assign(document.createElement("script"), { textContent: "window.pwned = 1" }));
    document.body.insertAdjacentHTML("beforeend", "<img src='data:,' onerror='window.pwned = 2'><p style='color: red'>x</p>");
    const image = new Image();
    image.src = "https://example.com/pixel.png";
    const loaded = await new Promise((done) => Object.assign(image, { onload: () => done(true), onerror: () => done(false) }));
    const fetched = await fetch("https://example.com/").then(() => true, () => false);
    const coloured = getComputedStyle(document.querySelector("p[style]")).color === "rgb(255, 0, 0)";
    return { pwned: window.pwned, loaded, fetched, coloured };
  });
  assert.deepEqual(ran, { pwned: undefined, loaded: false, fetched: false, coloured: false });
  assert.ok(faults.filter((fault) => fault.includes("Content Security Policy")).length >= 5, faults.join("\n"));
  faults.length = 0;
});

await browser.close();
process.exit(failed ? 1 : 0);
