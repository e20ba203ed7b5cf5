"""What the cases of the page use beside harness.py: headless Chromium, driven over the DevTools protocol."""

import base64
import itertools
import json
import subprocess
import tempfile

from harness import AT_END, Fail, Proc, case, expect, wait_for
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --remote-debugging-port=0"
)


def page_case(name):
    """Registers a case, whose pages end with it."""

    def register(function):
        def run(env):
            try:
                return function(env)
            finally:
                while Page.running:
                    Page.running.pop().socket.close()

        return case(name, gateway_only=True)(run)

    return register


class Chromium:
    """One process for all cases of a worker, with a new and empty profile; each page has a context of its own."""

    only = None

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        profile = f"--user-data-dir={self.profile.name}"
        self.process = Proc("chromium", *FLAGS.split(), profile, "about:blank")
        Proc.running.remove(self.process)  # it outlives the case
        AT_END.append(self.close)
        self.where = self.process.line("DevTools listening", 20).split()[-1]

    def close(self):
        """What does not end by itself is ended by its id."""
        try:
            with connect(self.where, proxy=None) as socket:
                socket.send('{"id": 1, "method": "Browser.close"}')
                self.process.process.wait(5)
        except (AttributeError, OSError, TimeoutError, WebSocketException, subprocess.TimeoutExpired):
            self.process.kill()
        self.profile.cleanup()


class Page:
    """A page, as one who looks at it and types."""

    running = []

    def __init__(self, address, wait=True):
        self.address, self.number, self.events, self.session = address, itertools.count(1), [], None
        Chromium.only = Chromium.only or Chromium()
        self.socket = connect(Chromium.only.where, max_size=None, compression=None, proxy=None)
        Page.running.append(self)
        context = self.call("Target.createBrowserContext", disposeOnDetach=True)["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Network", "Audits", "Page", "Accessibility"):
            self.call(f"{domain}.enable")
        self.look(1280, 900, "light")
        self.call("Page.navigate", url=address)
        self.until("document.readyState === 'complete' && location.protocol === 'http:'", "all of it")
        if wait:
            self.until("document.getElementById('rows').ariaBusy === 'false'", "what SUBACK grants")

    def call(self, method, **params):
        """Calls a method; what is told meanwhile is kept."""
        number = next(self.number)
        message = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.socket.send(json.dumps(message))
        while True:
            got = json.loads(self.socket.recv(timeout=20))
            if got.get("id") == number:
                if "error" in got:
                    raise Fail(f"{method}: {got['error']['message']}")
                return got["result"]
            self.events.append(got)

    def js(self, expression):
        got = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in got:
            raise Fail(f"{expression}: {got['exceptionDetails']['exception']['description'][:200]}")
        return got["result"].get("value")

    def until(self, expression, what, timeout=10):
        wait_for(lambda: self.js(expression), f"{what} on the page", timeout)

    def text(self, selector):
        return self.js(f"document.querySelector({json.dumps(selector)})?.innerText ?? null")

    def type(self, selector, text):
        """Puts a text into a field as a keyboard would, in place of what is there."""
        self.js(f"(f => {{ f.focus(); f.select(); }})(document.querySelector({json.dumps(selector)}))")
        self.call("Input.insertText", text=text)

    def key(self, key, code):
        for kind in ("rawKeyDown", "char", "keyUp"):
            more = {"text": "\r"} if key == "Enter" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more)

    def click(self, selector):
        self.js(f"document.querySelector({json.dumps(selector)}).click()")

    def rows(self):
        """Topic, value, unit, protocol of each row."""
        return self.js(
            "[...document.querySelectorAll('#rows tbody tr:first-child')].map(row =>"
            " ['.topic', '.number', '.unit', '.badge'].map(part => row.querySelector(part).textContent))"
        )

    def row(self, topic):
        return next((row[1:] for row in self.rows() if row[0] == topic), None)

    def look(self, width, height, scheme):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.call("Emulation.setScrollbarsHidden", hidden=True)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def picture(self, path):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))

    def told(self, method):
        """What has been told so far."""
        self.js("0")
        return [event["params"] for event in self.events if event.get("method") == method]

    def quiet(self):
        """No error, no violation of the policy, and no request to anywhere else."""
        logged = [entry["entry"]["text"] for entry in self.told("Log.entryAdded")]
        said = [c["type"] for c in self.told("Runtime.consoleAPICalled") if c["type"] != "log"]
        thrown = [t["exceptionDetails"]["text"] for t in self.told("Runtime.exceptionThrown")]
        issues = [issue["issue"]["code"] for issue in self.told("Audits.issueAdded")]
        expect(logged + said + thrown + issues, [], "the browser complains:")
        asked = [r["request"]["url"] for r in self.told("Network.requestWillBeSent")]
        asked += [w["url"] for w in self.told("Network.webSocketCreated")]
        own = self.address.split("/")[2]
        foreign = [u for u in asked if not u.startswith("data:") and u.split("/")[2] != own]
        expect(foreign, [], "asked elsewhere:")
        if not any(u.startswith("ws://") for u in asked):
            raise Fail(f"no WebSocket among {asked}")


# Text that is seen, its colour and what is behind it: the contrast of each. WCAG 2.2 section 1.4.3
CONTRAST = """(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const rgba = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data;
    };
    const light = (colour) => {
        const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        const [r, g, b] = [...rgba(colour)].map(v => linear(v / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        for (let e = element; e; e = e.parentElement) {
            const colour = getComputedStyle(e).backgroundColor;
            if (rgba(colour)[3] === 255) return colour;
        }
        return 'white';
    };
    const low = [];
    for (const element of document.querySelectorAll('body *')) {
        const own = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim() !== '');
        if (!own || !element.checkVisibility() || element.closest('script, style, .unseen, svg, option')) continue;
        const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) low.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
    }
    return low;
})()"""
