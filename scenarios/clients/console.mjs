// A real browser through the console's main path: the sign-in link, a pipeline, its execution
// with the live log, the approval, the end. The world around it is story.py's.
//
// What is asked of the pages are `data-test` attributes, never their wording or looks.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const { chromium } = createRequire(join(process.env.TOWPATH_NPM, "package.json"))("playwright-core");
const PAGE_MS_MAX = 30_000;
const PHONE = { width: 390, height: 844 };

async function main() {
  const story = await openStory();
  const browser = await chromium.launch({ executablePath: browserProgram(), args: browserFlags() });
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(PAGE_MS_MAX);
  const complaints = listen(page);
  try {
    await run([
      ["the sign-in link shows a button, and the button signs in", () => signIn(page, story)],
      ["the link works once", () => linkIsSpent(browser, story)],
      ["the pipeline and its execution are two clicks away", () => findExecution(page, story)],
      ["the log of the running step appears by itself", () => seeLog(page)],
      ["an approval given here goes on without a reload", () => approve(page)],
      ["nothing was refused by the content security policy or broke", async () => assert.deepEqual(complaints, [])],
      ["a phone shows every page without scrolling sideways", () => fitsPhone(page, story)],
      ["dark is another picture than light", () => isDarkOnDemand(page)],
      ["a person who did not sign in sees nothing", () => strangerIsSentAway(browser, story)],
    ]);
  } finally {
    await browser.close();
    story.end();
  }
}

async function signIn(page, story) {
  await page.goto(story.sign_in);
  await page.locator(at("sign-in")).click();
  await page.locator(at("pipeline-link")).first().waitFor();
}

async function linkIsSpent(browser, story) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(story.sign_in);
  const button = page.locator(at("sign-in"));
  if (await button.count()) await button.click();
  await page.waitForLoadState();
  assert.equal(await page.locator(at("pipeline-link")).count(), 0);
}

async function findExecution(page, story) {
  await page.locator(at("pipeline-link"), { hasText: story.pipeline }).first().click();
  await page.locator(at("execution-link")).first().click();
  await page.locator(at("status")).first().waitFor();
}

async function seeLog(page) {
  await page.locator(at("log"), { hasText: "built by a step" }).first().waitFor();
}

async function approve(page) {
  await page.evaluate(() => (window.samePage = true));
  await page.locator(at("approval-summary")).fill("looks right");
  await page.locator(at("approve")).click();
  await page.locator(at("status"), { hasText: "Succeeded" }).first().waitFor();
}

async function fitsPhone(page, story) {
  await page.setViewportSize(PHONE);
  for (const address of [page.url(), new URL("/console/", story.address).href]) {
    await page.goto(address);
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= window, `${address} is ${content} wide in ${window}`);
  }
}

async function isDarkOnDemand(page) {
  const backgrounds = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    backgrounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
  }
  assert.notEqual(backgrounds[0], backgrounds[1]);
}

async function strangerIsSentAway(browser, story) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(new URL("/console/", story.address).href);
  assert.equal(await page.locator(at("pipeline-link")).count(), 0);
}

/** The world of story.py: it says one line of JSON once an approval waits, and ends with its input. */
async function openStory() {
  const script = join(dirname(fileURLToPath(import.meta.url)), "story.py");
  const world = spawn(process.env.TOWPATH_PYTHON, [script, "--hold"], { stdio: ["pipe", "pipe", "inherit"] });
  const { value } = await createInterface({ input: world.stdout })[Symbol.asyncIterator]().next();
  assert.ok(value, "story.py ended before its world was ready");
  return { ...JSON.parse(value), end: () => world.stdin.end() };
}

/** Runs the steps in order: each stands on the one before it. */
async function run(steps) {
  let passed = 0;
  let failed = 0;
  for (const [name, step] of steps) {
    try {
      await step();
      passed += 1;
      console.log(`ok      ${name}`);
    } catch (failure) {
      failed += 1;
      console.log(`FAILED  ${name}\n${failure.stack}`);
    }
  }
  console.log(`browser: ${passed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

/** What the browser complains about, policy violations among it. */
function listen(page) {
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (failure) => complaints.push(String(failure)));
  return complaints;
}

function browserProgram() {
  const named = process.env.CHROMIUM;
  if (named && existsSync(named)) return named;
  return execFileSync("sh", ["-c", "command -v chromium || command -v chromium-browser || command -v google-chrome"])
    .toString()
    .trim();
}

function browserFlags() {
  // Chromium's own sandbox refuses root, which is who runs tests in a container.
  const sandbox = process.getuid() === 0 ? ["--no-sandbox"] : [];
  return [...sandbox, "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"];
}

function at(name) {
  return `[data-test="${name}"]`;
}

await main();
