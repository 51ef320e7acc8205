"""A headless Chromium, driven over a pipe with nothing but Python's standard library.

The DevTools protocol: JSON messages, each ended by a zero byte. The browser reads them from
descriptor 3 and writes to descriptor 4 (--remote-debugging-pipe).
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

LIMIT = 30
FLAGS = [
    "--headless",
    "--remote-debugging-pipe",
    # Root is what a container has, and Chromium refuses to be sandboxed as root.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    # What a browser asks the network for on its own account is not the page's.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Failure(Exception):
    """What was not as it should be, in one line."""


class Browser:
    """One browser with one page."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp(prefix="timeline-")
        to_browser, self.outgoing = os.pipe()
        self.incoming, from_browser = os.pipe()
        # Out of the way of 3 and 4, so that neither is overwritten before it was copied.
        ends = [os.dup2(end, 20 + place) for place, end in enumerate((to_browser, from_browser))]
        self.process = subprocess.Popen(
            ["bash", "-c", 'exec "$@" 3<&20 4>&21 20<&- 21>&-', "bash", program, *FLAGS,
             f"--user-data-dir={self.profile}", "about:blank"],
            pass_fds=ends, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for end in (to_browser, from_browser, *ends):
            os.close(end)
        self.buffer = b""
        self.number = 0
        self.session = None
        self.events = []

    def close(self):
        """Ends the browser; the profile goes once nobody writes to it any more."""
        try:
            self.call("Browser.close", of_page=False)
        except (Failure, OSError):
            self.process.kill()
        self.process.wait()
        os.close(self.outgoing)
        os.close(self.incoming)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, of_page=True, **params):
        """What the browser answers. Events that come meanwhile are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if of_page and self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.outgoing, data):]
        while True:
            answer = self.receive(method)
            if answer.get("id") != self.number:
                self.events.append(answer)
            elif "error" in answer:
                raise Failure(f"{method}: {answer['error']['message']}")
            else:
                return answer["result"]

    def receive(self, what):
        """The next message."""
        end = time.monotonic() + LIMIT
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.incoming], [], [], max(end - time.monotonic(), 0))
            if not ready:
                raise Failure(f"{what}: no answer within {LIMIT} s")
            piece = os.read(self.incoming, 1 << 16)
            if not piece:
                raise Failure(f"{what}: the browser has ended")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def open(self, address, width=1440, height=900):
        """A page of its own, with what it asks for and what goes wrong in it being told."""
        target = self.call("Target.createTarget", of_page=False, url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", of_page=False, targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
            self.call(f"{domain}.enable")
        self.size(width, height)
        self.call("Page.navigate", url=address)
        self.wait_until("document.readyState === 'complete'", "the page is loaded")

    def size(self, width, height):
        """The size of what is seen of the page, in pixels."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)

    def value(self, expression):
        """What an expression is worth in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Failure(f"{expression}: {details['exception'].get('description', details)}")
        return answer["result"].get("value")

    def wait_until(self, expression, what):
        """Waits for a condition, with a limit."""
        end = time.monotonic() + LIMIT
        while not self.value(f"Boolean({expression})"):
            if time.monotonic() > end:
                raise Failure(f"not within {LIMIT} s: {what}")
            time.sleep(0.02)

    def choose_files(self, *paths):
        """Gives files to the page, as its file picker would."""
        document = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=document, selector="#file")["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[os.path.abspath(path) for path in paths])

    def key(self, key, shift=False):
        """Presses and releases a key."""
        modifiers = 8 if shift else 0
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, modifiers=modifiers, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, modifiers=modifiers)

    def mouse(self, kind, x, y, **more):
        """Moves, presses, releases or turns the wheel."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, x, y):
        """A click of the left button."""
        self.mouse("mousePressed", x, y, button="left", buttons=1, clickCount=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)

    def colours(self, scheme):
        """Light or dark."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def picture(self, path):
        """Writes what is seen as a PNG."""
        # Twice: the frame that was asked for is drawn before the one that comes next.
        self.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
