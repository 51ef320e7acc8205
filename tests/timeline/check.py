"""Opens docs/timeline.html in a headless Chromium and does what a reader would do.

Usage: check.py CHROMIUM REAL_TRACE. The real trace is one of stalled_reader.py, just recorded. Files go
to target/timeline. Prints a line for each promise; the first one that does not hold ends it.
"""

import contextlib
import functools
import http.server
import json
import os
import sys
import threading
import time

import traces
from browser import Browser, Failure

PAGE = "docs/timeline.html"
SAMPLE = "docs/traces/stalled-reader.json"
OTHER = "docs/traces/go-stalled.json"
WORK = "target/timeline"
LARGE = 20_000_000
OPENS_WITHIN = 5.0
DRAWS_WITHIN = 50.0


def expect(condition, what):
    """Fails unless the condition holds."""
    if not condition:
        raise Failure(f"not so: {what}")


def words(browser):
    """The explanation as it stands."""
    return browser.value("document.getElementById('words').textContent")


def open_traces(browser, slot, *paths):
    """Chooses files, as with the button of that slot, and waits until they are shown."""
    browser.value(f"slotToOpen = {slot}; panes.forEach((pane) => {{ pane.seen = pane.trace; }})")
    browser.value("document.getElementById('file').multiple = true")
    browser.choose_files(*paths)
    for place in range(len(paths)):
        pane = f"panes[{slot + place}]"
        browser.wait_until(f"{pane}.trace && {pane}.trace !== {pane}.seen", f"{paths[place]} is open")
    browser.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def spot(browser, event, slot=0):
    """Where the mark of an event is on the screen. `event` is an expression."""
    return browser.value(f"""(() => {{
        const pane = panes[{slot}];
        const {{ x, y, height }} = spotOf(pane, {event});
        const frame = pane.canvas.getBoundingClientRect();
        return [frame.left + x, frame.top + y + height / 2];
    }})()""")


SHORT = "panes[0].trace.walk.find(({ kind }) => kind === 'short')"


def first_page(browser):
    """What is offered before anything is open."""
    buttons = browser.value("""[...document.querySelectorAll('button')].every((button) =>
        (button.getAttribute('aria-label') ?? button.textContent).trim() !== '')""")
    expect(buttons, "every button has a name")
    expect(browser.value("document.getElementById('words').getAttribute('aria-live')") == "polite",
           "the explanation is told to those who hear the page")
    browser.picture(f"{WORK}/first-page.png")
    browser.click(*browser.value("""(() => {
        const box = document.querySelector('[data-sample]').getBoundingClientRect();
        return [box.x + 20, box.y + 10];
    })()"""))
    problem = "document.getElementById('problem')"
    browser.wait_until(f"!{problem}.hidden", "a page that was opened as a file says how to open a sample")
    expect("drop docs/traces/stalled-reader.json here" in browser.value(f"{problem}.textContent"),
           "the line says which file to drop")


def shows_the_story(browser, path):
    """Without words: short write, WRITABLE, a queue that grows, the room in waiting, the flush."""
    with open(path, encoding="utf-8") as file:
        events = json.load(file)
    short = next(event for event in events if event["name"] == "write"
                 and event["args"].get("bytes", event["args"]["offered"]) < event["args"]["offered"])
    client = short["args"]["client"]
    mine = [event for event in events if event.get("args", {}).get("client") == client
            or event["name"] == f"queue of client {client}"]

    def when(what, is_it):
        found = [event["ts"] for event in mine if event["ts"] >= after[-1] and is_it(event)]
        expect(found, f"{path}: then {what}")
        after.append(found[0])

    after = [short["ts"]]
    calls = [event for event in mine if event.get("cat") == "call"]
    when("WRITABLE is armed", lambda event: event in calls and event["args"].get("writable") is True)
    when("the queue holds three quarters", lambda event: event["args"].get("bytes", 0) >= 196_608
         and event["ph"] == "C")
    when("the room waits", lambda event: event["name"] == "full")
    when("it is flushed", lambda event: event["name"] == "write" and event in calls)
    when("it has recovered", lambda event: event["name"] == "recovered")
    when("the queue is empty", lambda event: event["ph"] == "C" and event["args"]["bytes"] == 0)
    when("WRITABLE is disarmed", lambda event: event["name"] == "arm"
         and event["args"]["writable"] is False)
    seen = browser.value(f"storyIn(panes[0], {client})")
    expect(all(seen.values()), f"{path}: it is drawn: {seen}")


# Reads the pixels: is each part of the story on the canvas where it belongs?
STORY = """
function storyIn(pane, key) {
  fit(pane);
  draw(pane);
  const { context, trace } = pane;
  const lane = trace.lanes.find((lane) => !lane.isLoop && lane.key === key);
  const top = TOP + pane.loopHeight + pane.tops[pane.shown.indexOf(lane)];
  const probe = document.createElement('canvas').getContext('2d');
  const rgb = (name) => {
    probe.fillStyle = colour[name];
    probe.fillRect(0, 0, 1, 1);
    return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const pixels = (x, y, width, height) => context.getImageData(x * devicePixelRatio,
    y * devicePixelRatio, width * devicePixelRatio, height * devicePixelRatio).data;
  const has = (name, x, y, width, height) => {
    const wanted = rgb(name);
    const data = pixels(x, y, width, height);
    for (let i = 0; i < data.length; i += 4) {
      if (wanted.every((value, j) => Math.abs(data[i + j] - value) < 6)) return true;
    }
    return false;
  };
  const rows = rowsOf(lane);
  const armed = lane.armed[0];
  const full = lane.full[0];
  const stripe = top + lane.height - 5;
  const queue = top + rows.queue.y;
  const mark = spotOf(pane, lane.calls.find(({ kind }) => kind === 'short'));
  const x = (span, part) => xOf(pane, span.begins + (span.ends - span.begins) * part);
  const isSame = (one, other) => one.every((value, i) => Math.abs(value - other[i]) < 3);
  const at = (place, y) => [...pixels(place, y, 1, 1)].slice(0, 3);
  return {
    short: has('blocked', mark.x - 7, mark.y, 14, mark.height),
    armed: has('armed', x(armed, 0.5), stripe, 2, 3),
    notArmedBefore: !has('armed', x(armed, 0) - 20, stripe, 2, 3),
    notArmedAfter: !has('armed', x(armed, 1) + 6, stripe, 2, 3),
    queue: has('queue', x(armed, 0.3), queue, 60, rows.queue.height),
    grows: !isSame(at(x(full, 0) - 4, queue + rows.queue.height * 0.6), at(x(armed, 0) + 9,
      queue + rows.queue.height * 0.6)),
    roomWaits: has('room', x(full, 0.3), TOP, 20, pane.loopHeight),
    hatched: has('room', x(full, 0), queue, 2, 20),
  };
}
"""


def pointing(browser):
    """Hovering and clicking."""
    browser.value(f"choose(panes[0], {SHORT}); panes[0].chosen = null; tell(panes[0])")
    x, y = spot(browser, SHORT)
    browser.mouse("mouseMoved", x, y)
    browser.wait_until("!document.getElementById('tip').hidden", "hovering tells of the call")
    browser.click(x, y)
    said = words(browser)
    expect("write(client 1)" in said and "16,384 bytes offered, 4,096 taken" in said.replace(
        browser.value(f"grouped({SHORT}.args.bytes)"), "4,096"), f"a click explains: {said}")
    armed = "panes[0].trace.walk.find(({ name, cat }) => name === 'armed' && cat === 'decision')"
    browser.click(*spot(browser, armed))
    expect("Why: " not in words(browser) and browser.value(
        "document.querySelector('#words .why').textContent").startswith("its queue holds something"),
        "a decision tells its reason")


def walking(browser):
    """The step button, and the keys."""
    place = "panes[0].chosen.place"
    browser.key("Home")
    expect(browser.value(place) == 0, "Home is the first event")
    button = browser.value("""(() => {
        const box = document.getElementById('step').getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
    })()""")
    before = words(browser)
    browser.click(*button)
    expect(browser.value(place) == 1 and words(browser) != before, "the button steps")
    browser.key("ArrowRight")
    browser.key("ArrowRight")
    browser.key("ArrowLeft")
    expect(browser.value(place) == 2, "the arrows step")
    browser.key("e")
    browser.key("e")
    expect(browser.value("isTrouble(panes[0].chosen)"), "e goes to an error or a short write")
    lane = browser.value("panes[0].chosen.lane.key")
    browser.key("ArrowRight", shift=True)
    expect(browser.value("panes[0].chosen.lane.key") == lane, "Shift and an arrow stay with the client")
    browser.key("d")
    expect(browser.value("panes[0].chosen.cat") == "decision", "d goes to a decision")
    seen = browser.value("(() => { const { x } = spotOf(panes[0], panes[0].chosen); "
                         "return x > GUTTER && x < panes[0].width; })()")
    expect(seen, "what was walked to is in sight")
    for _ in range(300):
        browser.value("walkTo(1)")
    expect("none after" in browser.value("document.getElementById('place').textContent"),
           "the end is told")
    every = browser.value("""panes[0].trace.walk.filter((event) =>
        sentence(panes[0].trace, event) === '').map(({ name }) => name)""")
    expect(every == [], f"every event of a real trace has a sentence: {every}")


def zooming(browser):
    """Keys and the wheel."""
    span = "panes[0].to - panes[0].from"
    browser.key("0")
    whole = browser.value(span)
    browser.key("+")
    near = browser.value(span)
    expect(near < whole, "+ zooms in")
    browser.key("-")
    expect(browser.value(span) > near, "- zooms out")
    browser.key("0")
    browser.mouse("mouseWheel", 700, 300, deltaX=0, deltaY=-400)
    browser.wait_until(f"({span}) < {whole * 0.6}", "the wheel zooms in")
    left = browser.value("panes[0].from")
    browser.mouse("mousePressed", 700, 300, button="left", buttons=1, clickCount=1)
    browser.mouse("mouseMoved", 600, 300, button="left", buttons=1)
    browser.mouse("mouseReleased", 600, 300, button="left", clickCount=1)
    expect(browser.value("panes[0].from") > left, "dragging moves")
    browser.key("t")
    expect(browser.value("panes[0].scale.isFolded") is False, "t shows true time")
    browser.key("0")
    browser.picture(f"{WORK}/true-time.png")
    browser.key("t")
    browser.key("?")
    expect(browser.value("document.getElementById('keys').open"), "? lists the keys")
    browser.picture(f"{WORK}/keys.png")
    browser.key("Escape")
    browser.value("document.getElementById('keys').close()")


def broken_files(browser):
    """A killed server's file, and files that are no traces."""
    with open(SAMPLE, encoding="utf-8") as file:
        text = file.read()
    with open(f"{WORK}/cut.json", "w", encoding="utf-8") as file:
        file.write(text[:len(text) // 2])
    browser.value(f"""(() => {{
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([{json.dumps(text[:len(text) // 2])}], "cut.json"));
        document.querySelector('.view').dispatchEvent(new DragEvent('drop',
            {{ dataTransfer, bubbles: true, cancelable: true }}));
    }})()""")
    browser.wait_until("panes[0].trace.file === 'cut.json'", "a file that is dropped opens")
    open_traces(browser, 0, f"{WORK}/cut.json")
    expect("cut off" in browser.value("panes[0].section.querySelector('.facts').textContent"),
           "a file that was cut off is opened, and said to be")
    expect(browser.value("panes[0].trace.walk.length") > 90, "what is in it is shown")
    contents = {"notes.txt": "no trace at all\n", "empty.json": "", "other.json": '{"a": 1}\n',
                "list.json": "[1, 2, 3]\n", "wild.json": "[\n{\"ph\n"}
    for name, content in contents.items():
        with open(f"{WORK}/{name}", "w", encoding="utf-8") as file:
            file.write(content)
        browser.value("complain(null)")
        browser.choose_files(f"{WORK}/{name}")
        browser.wait_until("!document.getElementById('problem').hidden", f"{name} is refused")
        said = browser.value("document.getElementById('problem').textContent")
        expect(said.startswith(f"{name} is no trace: ") and "\n" not in said, f"one clear line: {said}")
        expect(browser.value("panes[0].trace.file") == "cut.json", "what was open stays open")


def crowded(browser):
    """Hundreds of clients, and a key that is given again."""
    traces.crowd(f"{WORK}/crowd.json", 300)
    open_traces(browser, 0, f"{WORK}/crowd.json")
    expect(browser.value("document.getElementById('problem').hidden"), "an old complaint is gone")
    pane = "panes[0]"
    expect(browser.value(f"{pane}.shown.length") == 300, "300 lanes")
    browser.key("e")
    expect(browser.value(f"{pane}.view.scrollTop") > 1000, "walking scrolls to the lane")
    browser.value(f"""(() => {{
        const filter = {pane}.section.querySelector('.filter');
        filter.value = '0, 7-9, errors';
        filter.dispatchEvent(new Event('input'));
    }})()""")
    shown = browser.value(f"{pane}.shown.map(({{ key }}) => key)")
    expect(shown == [0, 7, 8, 9, 299], f"the filter chooses lanes: {shown}")
    expect(browser.value(f"{pane}.shown[0].tenures.length") == 2, "a key has two clients, one later")
    browser.value(f"choose({pane}, {pane}.trace.walk.filter(({{ name, lane }}) => "
                  "name === 'joined' && lane.key === 0)[1])")
    expect("2nd with it" in words(browser), "and it is said that it joined anew")
    browser.picture(f"{WORK}/crowd.png")


def two(browser, other):
    """Two traces beside each other."""
    open_traces(browser, 0, SAMPLE, other)
    boxes = browser.value("panes.map(({ section, canvas }) => [section.hidden, canvas.clientHeight])")
    expect(all(not hidden and height > 100 for hidden, height in boxes), f"both are seen: {boxes}")
    browser.key("1")
    browser.key("Home")
    browser.key("2")
    browser.key("Home")
    browser.key("ArrowRight")
    places = browser.value("panes.map(({ chosen }) => chosen.place)")
    expect(places == [0, 1], f"each is walked through by itself: {places}")
    browser.value("choose(panes[1], panes[1].trace.walk.find(({ name, args }) => "
                  "name === 'write' && args.errno === 'EAGAIN') ?? panes[1].trace.walk.at(-1))")
    browser.picture(f"{WORK}/two.png")
    browser.key("b")
    expect(browser.value("panes[1].section.getBoundingClientRect().left") > 600, "b puts them side by side")
    browser.picture(f"{WORK}/two-beside.png")
    browser.key("b")
    browser.value("closePane(panes[1])")


# Three depths of zoom, sixteen places each: a redraw, and the time from frame to frame.
REDRAWS = """(async () => {
    const pane = panes[0];
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const median = (times) => times.sort((one, other) => one - other)[times.length >> 1];
    const all = {};
    for (const [name, part] of [['the whole', 1], ['a tenth', 0.1], ['a thousandth', 0.001]]) {
        const width = pane.scale.length * part;
        const draws = [];
        const frames = [];
        for (let i = 0; i < 16; i += 1) {
            const from = (pane.scale.length - width) * i / 16;
            look(pane, from, from + width);
            const before = performance.now();
            await frame();
            await frame();
            draws.push(pane.drawn);
            frames.push((performance.now() - before) / 2);
        }
        all[name] = { draw: median(draws), longest: draws.at(-1), frame: median(frames) };
    }
    const steps = [];
    for (let i = 0; i < 16; i += 1) {
        const before = performance.now();
        walkTo(1);
        draw(pane);
        steps.push(performance.now() - before);
    }
    all['a step'] = { draw: median(steps), longest: steps.at(-1), frame: 0 };
    return all;
})()"""


def large(browser):
    """Twenty megabytes: how long until they are seen, and how long a frame takes.

    What else the machine does makes times longer, never shorter: the best of three counts.
    """
    path = f"{WORK}/large.json"
    lines = traces.large(path, SAMPLE, LARGE)
    print(f"{os.path.getsize(path):,} bytes in {lines:,} lines:")
    for _ in range(3):
        begun = time.monotonic()
        open_traces(browser, 0, path)
        opened = time.monotonic() - begun
        drawn = browser.value(REDRAWS)
        print(f"  open after {opened:.2f} s")
        for name, times in drawn.items():
            frame = f", from frame to frame {times['frame']:.1f} ms" if times["frame"] else ""
            print(f"  {name}: drawn in {times['draw']:.1f} ms (median of 16; the longest "
                  f"{times['longest']:.1f} ms){frame}")
        slowest = max(times["draw"] for times in drawn.values())
        if opened < OPENS_WITHIN and slowest < DRAWS_WITHIN:
            break
    expect(opened < OPENS_WITHIN, f"it opens in less than {OPENS_WITHIN} s")
    expect(slowest < DRAWS_WITHIN, f"a redraw takes less than {DRAWS_WITHIN} ms")
    browser.key("0")
    browser.picture(f"{WORK}/large.png")


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves docs, and does not tell."""

    def log_message(self, *_):
        pass


def served(browser):
    """Over HTTP the samples open with a click, and nobody else is asked for anything."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory="docs"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        browser.open(f"{origin}/timeline.html")
        browser.value("document.querySelector('[data-sample]').click()")
        browser.wait_until("panes[0].trace", "the sample opens with a click")
        browser.open(f"{origin}/timeline.html?open=traces/stalled-reader.json")
        browser.wait_until("panes[0].trace", "the sample opens by a link")
    finally:
        server.shutdown()
    return origin


def requests(browser):
    """Everything that pages asked for."""
    return {event["params"]["request"]["url"] for event in browser.events
            if event.get("method") == "Network.requestWillBeSent"}


def no_complaints(browser):
    """No exception in the page."""
    for event in browser.events:
        if event.get("method") == "Runtime.exceptionThrown":
            details = event["params"]["exceptionDetails"]
            raise Failure(f"an exception in the page: {details['exception'].get('description')}")


def figures(browser):
    """What the page looks like, light and dark."""
    open_traces(browser, 0, SAMPLE)
    browser.picture(f"{WORK}/whole-light.png")
    browser.value(f"choose(panes[0], {SHORT})")
    browser.picture(f"{WORK}/light.png")
    browser.size(1280, 760)
    browser.value("document.activeElement.blur()")
    browser.key("0")
    browser.value("choose(panes[0], panes[0].trace.walk.find(({ name }) => name === 'full'), false)")
    browser.picture(f"{WORK}/figure.png")
    browser.size(1440, 900)
    browser.value(f"choose(panes[0], {SHORT})")
    browser.colours("dark")
    browser.picture(f"{WORK}/dark.png")
    browser.key("0")
    browser.picture(f"{WORK}/whole-dark.png")
    browser.colours("light")


def check(browser, real):
    """Every promise, one after the other."""
    address = "file://" + os.path.abspath(PAGE)
    browser.open(address)
    first_page(browser)
    open_traces(browser, 0, SAMPLE)
    browser.value(STORY)
    shows_the_story(browser, SAMPLE)
    print(f"{SAMPLE} shows the story: short write, WRITABLE, the queue, the wait, the flush")
    pointing(browser)
    walking(browser)
    zooming(browser)
    print("clicking, hovering, stepping, zooming, dragging, keys")
    open_traces(browser, 0, real)
    shows_the_story(browser, real)
    print("a trace that was recorded just now tells the same story")
    broken_files(browser)
    print("a file that was cut off opens; five files that are no traces get one line each")
    crowded(browser)
    print("300 clients: lanes scroll, the filter chooses, a key that is given again is told")
    traces.of_go(f"{WORK}/go.json")
    two(browser, OTHER if os.path.exists(OTHER) else f"{WORK}/go.json")
    print("two traces beside each other, each with its own walk")
    large(browser)
    figures(browser)
    asked = {url for url in requests(browser) if not url.startswith(("about:", "data:"))}
    beside = f"file://{os.path.abspath('docs')}/"
    expect(all(url.startswith(beside) for url in asked), f"nothing is asked of a network: {asked}")
    no_complaints(browser)
    browser.events.clear()
    origin = served(browser)
    asked = requests(browser)
    expect(all(url.startswith((origin, "data:")) for url in asked), f"only the page's folder: {asked}")
    print("no network request but, when served, for the sample")


def main():
    program, real = sys.argv[1:]
    os.makedirs(WORK, exist_ok=True)
    browser = Browser(program)
    try:
        check(browser, real)
        no_complaints(browser)
    except Failure as failure:
        with contextlib.suppress(Failure, OSError):
            browser.picture(f"{WORK}/failure.png")
        raise SystemExit(f"timeline: {failure}") from None
    finally:
        browser.close()


main()
