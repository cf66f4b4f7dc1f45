#!/usr/bin/env python3
"""Uses the page as a person does, in a real headless Chromium (W3C WebDriver through chromedriver).

    page-test.py ADDRESS CLIP SHOTS [--token TOKEN] [--live] [--short]

Uploads CLIP by choosing and by drag and drop, reads the result, scrubs, corrects it, opens every page in both languages
and both themes, with --live also the panel of a running monitor, and checks after each step that the browser logged no
error (a breach of the content policy is one). Every page is looked at 360, 768, 1280 and 1920 pixels wide: nothing is
wider than the window, no text is cut or broken letter by letter. --short stops after the first result. Screenshots go to SHOTS.
Exit code 0 when everything held; the first thing that did not is the last line.
"""

import base64
import json
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    def __init__(self):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                self.port = int(line.rsplit("port", 1)[1].strip(" .\n"))
                break
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,1500", "--lang=en",
                     "--disable-dev-shm-usage", "--disable-background-networking"]
        answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"}, "unhandledPromptBehavior": "accept"}}})
        self.session = "/session/" + answer["sessionId"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            sys.exit(f"page-test: {method} {path}: {error.read().decode()[:400]}")

    def do(self, method, path, body=None):
        return self.call(method, self.session + path, body)

    def go(self, address):
        self.do("POST", "/url", {"url": address})

    def script(self, text, *arguments):
        return self.do("POST", "/execute/sync", {"script": text, "args": list(arguments)})

    def find(self, selector):
        return self.do("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.do("POST", f"/element/{self.find(selector)}/click", {})

    def type(self, selector, text):
        self.do("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def text(self, selector):
        return self.script("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def shot(self, file):
        file.write_bytes(base64.b64decode(self.do("GET", "/screenshot")))

    def width(self, pixels):
        self.do("POST", "/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": {
            "width": pixels, "height": 1200, "deviceScaleFactor": 1, "mobile": False}})

    def problems(self):
        return [entry["message"] for entry in self.do("POST", "/se/log", {"type": "browser"})
                if entry["level"] in ("SEVERE", "WARNING")]

    def close(self):
        self.do("DELETE", "")
        self.driver.terminate()


WIDTHS = (360, 768, 1280, 1920)
PATIENCE = 300
checks = 0


def check(held, what):
    global checks
    checks += 1
    if not held:
        sys.exit(f"page-test: failed: {what}")


def wait(what, condition):
    """Looks until `condition` holds. The limit only ends a run that hangs; no result depends on it."""
    end = time.monotonic() + PATIENCE
    while not condition():
        check(time.monotonic() < end, f"{what} within {PATIENCE} s")
        time.sleep(0.2)


# Contrast of every visible text against what lies behind it (WCAG 2.2, 1.4.3), computed in the page.
CONTRAST = """
const bad = [];
const part = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
const light = (c) => 0.2126 * part(c[0]) + 0.7152 * part(c[1]) + 0.0722 * part(c[2]);
const colour = (text) => text.match(/[\\d.]+/g).map(Number);
for (const one of document.querySelectorAll('body *')) {
  const own = [...one.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  if (!own || !one.getClientRects().length || one.closest('svg')) continue;
  let ground = [255, 255, 255];
  for (let at = one; at; at = at.parentElement) {
    const c = colour(getComputedStyle(at).backgroundColor);
    if (c.length < 4 || c[3] > 0) { ground = c; break; }
  }
  const [a, b] = [light(colour(getComputedStyle(one).color)), light(ground)].sort((x, y) => y - x);
  if ((a + 0.05) / (b + 0.05) < 4.5) bad.push(one.tagName + ' ' + one.textContent.trim().slice(0, 30));
}
return bad;
"""

# Text that is cut off, runs out of the window, or is broken letter by letter. What may be scrolled is no fault.
CLIPPED = """
const bad = [];
for (const one of document.querySelectorAll('main *, header *, footer *')) {
  const text = [...one.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent.trim()).join(' ').trim();
  if (!text || !one.getClientRects().length || one.closest('.scroll, pre, nav, svg, option, .skip, caption')) continue;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  // Hidden from sight on purpose, for screen readers only.
  const above = [...(function* up() { for (let at = one; at; at = at.parentElement) yield getComputedStyle(at); })()];
  if (above.some((at) => at.clipPath !== 'none' && at.position === 'absolute')) continue;
  const say = (what) => bad.push(what + ': ' + one.tagName + ' ' + text.slice(0, 30));
  if (style.overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1) say('cut off');
  if (box.left < -1 || box.right > innerWidth + 1) say('out of the window');
  const range = document.createRange();
  range.selectNodeContents(one);
  const lines = new Set([...range.getClientRects()].map((r) => Math.round(r.top))).size;
  if (text.length > 8 && text.length / lines < 4) say('broken letter by letter');
}
return bad;
"""

# What a screen reader would miss: controls without a name, pictures without alt, ids that occur twice.
NAMES = """
const bad = [];
for (const one of document.querySelectorAll('button, a, input, select, textarea, img, summary, [role=img]')) {
  if (!one.getClientRects().length) continue;
  const name = one.getAttribute('aria-label') || one.textContent.trim() || one.getAttribute('alt')
    || one.labels?.[0]?.textContent.trim() || (one.tagName === 'IMG' && one.hasAttribute('alt') ? 'decoration' : '');
  if (!name) bad.push(one.outerHTML.slice(0, 80));
}
const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
ids.forEach((id, at) => { if (ids.indexOf(id) !== at) bad.push('twice: ' + id); });
if (document.querySelectorAll('main section:not([hidden]) h1').length !== 1) bad.push('not one h1');
return bad;
"""


# Until what moves has come to rest and what was changed is painted.
SETTLED = """
const moving = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity);
return Promise.all(moving.map((one) => one.finished.catch(() => {}))).then(
  () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))));
"""


def look(browser, shots, name):
    browser.script(SETTLED)
    browser.shot(shots / f"{name}.png")
    check(browser.script(CONTRAST) == [], f"{name}: contrast of {browser.script(CONTRAST)}")
    check(browser.script(NAMES) == [], f"{name}: names of {browser.script(NAMES)}")
    fits(browser, name)
    problems = browser.problems()
    check(not problems, f"{name}: the browser logged {problems}")


def fits(browser, name):
    wide = browser.script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    check(wide <= 0, f"{name}: {wide} pixels wider than the window")
    check(browser.script(CLIPPED) == [], f"{name}: {browser.script(CLIPPED)}")


def main():
    address, clip, shots = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    shots.mkdir(parents=True, exist_ok=True)
    browser = Browser()
    try:
        browser.go(address)
        if "--token" in sys.argv:
            wait("the sign-in form", lambda: browser.text("#title-signin"))
            # The refusal that brings the form up is logged by the browser; it is meant.
            browser.problems()
            look(browser, shots, "signin")
            browser.type("#token", sys.argv[sys.argv.index("--token") + 1])
            browser.click("#signin button")
        wait("the first page", lambda: "MB" in browser.text("#limits"))
        look(browser, shots, "analyse-en-light")
        browser.type("#file", str(clip.resolve()))
        wait("progress", lambda: browser.text("#work-text") or browser.text("#summary"))
        wait("a result", lambda: browser.text("#summary") or browser.text("#problem"))
        check(not browser.text("#problem"), f"no problem: {browser.text('#problem')}")
        wait("the picture", lambda: browser.script(
            "const i = document.querySelector('#scene img'); return !!i && i.complete && i.naturalWidth > 0"))
        look(browser, shots, "result-en-light")
        understood(browser)
        if "--short" in sys.argv:
            print(f"page-test: {checks} checks held (short)")
            return
        scrub(browser)
        correct(browser)
        every_page(browser, shots)
        if "--live" in sys.argv:
            live(browser, shots)
        history(browser, clip.name)
        drop(browser, clip)
    finally:
        browser.close()
    print(f"page-test: {checks} checks held")


def understood(browser):
    """What decided stands in a sentence, apart from what is only reported; plain words; the chart can be read."""
    check(len(browser.text("#because")) > 30, f"the deciding sentence: {browser.text('#because')!r}")
    check(browser.script("return document.querySelectorAll('#summary > .wide > .sign-lists > .signs > .sign').length") >= 3,
          "the signs that decide")
    check(browser.script("return document.querySelectorAll('#summary > .wide > .sign-lists > .signs > .reported').length") == 0,
          "signs that decide nothing among those that do")
    words = browser.script("return document.querySelector('#result').textContent.replace(/\\{[^]*\\}/, '')")
    for raw in ("unrest", "pulse agreement", "pulse_agreement", "for or neither", "{"):
        check(raw not in words, f"the raw word {raw}")
    for width in (360, 1280):
        browser.width(width)
        wait("the chart in the new width", lambda: browser.script(
            "const c = document.querySelector('.chart'); return !!c && c.getBoundingClientRect().width <= innerWidth"))
        tall = browser.script("return document.querySelector('.chart').getBoundingClientRect().height")
        check(tall >= 180, f"a chart of {tall} pixels in a window of {width}")
        size = browser.script("return Math.min(...[...document.querySelectorAll('.chart text')]"
                              ".map((t) => parseFloat(getComputedStyle(t).fontSize)))")
        check(size >= 12, f"letters of {size} pixels in the chart")


def scrub(browser):
    # It stands at the moment that decided; Home goes to the first frame.
    browser.type("#scrub", "\ue011")
    check(browser.script("return document.getElementById('scrub').value") == "0", "Home goes to the first frame")
    before = browser.script("return document.querySelector('#scene img').src")
    # With the keyboard alone: End goes to the last frame, an arrow one back.
    browser.type("#scrub", "\ue010")
    browser.type("#scrub", "\ue012")
    at = browser.script("const s = document.getElementById('scrub'); return [Number(s.value), Number(s.max)]")
    check(at[0] == at[1] - 1, f"the slider stands one before the end: {at}")
    wait("another picture", lambda: browser.script("return document.querySelector('#scene img').src") != before)
    check("at" in browser.script("return document.getElementById('scrub').getAttribute('aria-valuetext')").lower(),
          "the slider says its time")


DROP = """
const bytes = Uint8Array.from(atob(arguments[0]), (one) => one.charCodeAt(0));
const carried = new DataTransfer();
carried.items.add(new File([bytes], arguments[1], { type: 'video/x-matroska' }));
const place = document.getElementById('drop');
const event = (name) => place.dispatchEvent(
  new DragEvent(name, { dataTransfer: carried, bubbles: true, cancelable: true }));
const taken = [event('dragenter'), event('dragover')].every((one) => !one);
const marked = place.classList.contains('over');
event('drop');
return [taken, marked, place.classList.contains('over')];
"""


def drop(browser, clip):
    """A file dragged over the page and let go: the events that a browser sends, with a real file in them."""
    browser.script("location.hash = '#analyse'")
    wait("the place to drop", lambda: browser.text("#drop") and not browser.text("#summary"))
    said = browser.script(DROP, base64.b64encode(clip.read_bytes()).decode(), "dropped.mkv")
    check(said == [True, True, False], f"the page takes the drag, marks its place and unmarks it: {said}")
    wait("a result of what was dropped", lambda: browser.text("#summary") or browser.text("#problem"))
    check(not browser.text("#problem"), f"no problem: {browser.text('#problem')}")
    check("dropped.mkv" in browser.text("#result h2"), "the result is of what was dropped")


def live(browser, shots):
    """The panel of a monitor that runs beside the server: pictures, and one card for each face."""
    browser.script("location.hash = '#live'")
    wait("a session", lambda: browser.script("return document.querySelectorAll('#sessions article').length") == 1)
    wait("a card", lambda: browser.script("return document.querySelectorAll('#sessions .cards li').length") > 0)
    wait("the preview", lambda: browser.script(
        "const i = document.querySelector('#sessions img'); return !!i && i.naturalWidth > 0"))
    first = browser.text("#sessions .cards li")
    wait("newer numbers", lambda: browser.text("#sessions .cards li") != first)
    # The page asks now and then: for a moment it may show a face more or less than the monitor has.
    wait("as many cards as faces", lambda: browser.script("""
      return fetch('/api/v1/sessions').then((a) => a.json()).then((all) => all.sessions[0]?.newest?.tracks.length ?? 0)""")
         == browser.script("return document.querySelectorAll('#sessions .cards li').length") > 0)
    cards = browser.script("return document.querySelectorAll('#sessions .cards li').length")
    look(browser, shots, "live-session-narrow")
    browser.width(1200)
    look(browser, shots, "live-session")
    print(f"page-test: live panel with {cards} card(s)")


def correct(browser):
    browser.click("#correction summary")
    browser.script("document.getElementById('label').value = 'fake'")
    browser.type("#remark", "a test")
    browser.click("#correction button")
    wait("thanks", lambda: "kept" in browser.text("#correction"))


def every_page(browser, shots):
    pages = ["analyse", "history", "live", "samples", "models", "questions"]
    result = browser.script("return location.hash")
    for language, theme in (("en", "light"), ("en", "dark"), ("ar", "dark"), ("ar", "light")):
        if browser.script("return document.documentElement.lang") != language:
            browser.click("#language")
        if browser.script("return document.documentElement.dataset.theme ?? 'light'") != theme:
            browser.click("#theme")
        direction = browser.script("return getComputedStyle(document.body).direction")
        check(direction == ("rtl" if language == "ar" else "ltr"), f"{language} runs {direction}")
        for page in [*pages, "result"]:
            browser.script("location.hash = arguments[0]", result if page == "result" else "#" + page)
            shown = "analyse" if page == "result" else page
            wait(f"page {page}", lambda: browser.text(f"#view-{shown} h1"))
            if page == "result":
                wait("the result", lambda: browser.text("#summary"))
            missing = browser.script(
                "return [...document.body.innerText.matchAll(/\\{\\w+\\}|\\b[a-z]+_[a-z]+\\b/g)].map((m) => m[0])"
                ".filter((w) => /^\\{/.test(w))")
            check(not missing, f"{page} in {language}: words not filled in: {missing}")
            for width in WIDTHS:
                browser.width(width)
                look(browser, shots, f"{page}-{language}-{theme}-{width}")
    browser.click("#language")
    browser.script("location.hash = '#models'")
    wait("the models", lambda: browser.text("#model-list .copy"))
    hashes = browser.script("return [...document.querySelectorAll('.hash-line code')].map((c) => [c.textContent.length, c.title.length])")
    check(hashes and all(shown <= 16 and whole == 64 for shown, whole in hashes), f"hashes: {hashes[:3]}")
    browser.click("#model-list .copy")
    wait("the copied hash", lambda: browser.text("#model-list .copied"))
    check(browser.text("#model-list .copied") == "Copied", "a click copies the hash")
    browser.width(360)


def history(browser, name):
    browser.script("location.hash = '#history'")
    wait("the upload in the history", lambda: name in browser.text("#history-list"))
    rows = browser.script("return document.querySelectorAll('#history-list tbody tr').length")
    browser.click("#history-list tbody button")
    wait("one row fewer", lambda: browser.script(
        "return document.querySelectorAll('#history-list tbody tr').length") == rows - 1)


if __name__ == "__main__":
    main()
