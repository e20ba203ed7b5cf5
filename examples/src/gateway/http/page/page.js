// The page: connects what is on it with the gateway that it came from.

const byId = (id) => document.getElementById(id);
/** Milliseconds that never go back. */
const now = () => performance.now();

// Colours.

const theme = byId("theme");
const paint = () => document.documentElement.setAttribute("data-theme", theme.value);
theme.value = stored("theme") ?? "auto";
if (!theme.value) theme.value = "auto";
paint();
theme.onchange = () => {
  paint();
  store("theme", theme.value);
};

function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function store(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // then it is for this visit only
  }
}

// Topics.

const rows = new Rows(byId("rows"), byId("more"), (topic) => {
  byId("topic").value = topic;
  judgeTopic();
  byId("payload").focus();
});
let messages = 0;
let isFrameDue = false;

function message(message) {
  messages += 1;
  rows.take(message, now());
  drawSoon();
}

/** However much comes, it is drawn once for each frame, and not at all while nobody looks. */
function drawSoon() {
  if (isFrameDue) return;
  isFrameDue = true;
  requestAnimationFrame(() => {
    isFrameDue = false;
    rows.draw(now());
  });
}

setInterval(() => {
  rows.tick(now());
  const topics = rows.rows.size;
  const count = topics === 1 ? "1 topic" : `${topics.toLocaleString("en")} topics`;
  setText(byId("count"), `${count}, ${messages.toLocaleString("en")} ${messages === 1 ? "message" : "messages"} in the last second`);
  messages = 0;
}, 1000);

// The filter: what is wanted, and what the gateway has granted.

const filter = byId("filter");
let wanted = filterInAddress() ?? "#";
let granted = null;
let isSettling = false;
let typing = null;
filter.value = wanted;
tellFilter(whatIsWrongWithFilter(wanted));
if (whatIsWrongWithFilter(wanted) !== null) wanted = "#"; // the gateway would end the connection

filter.oninput = () => {
  clearTimeout(typing);
  typing = setTimeout(readFilter, 250);
};
byId("filter-form").onsubmit = (event) => {
  event.preventDefault();
  readFilter();
};
addEventListener("hashchange", () => {
  const found = filterInAddress();
  if (found === null || found === wanted) return;
  filter.value = found;
  readFilter();
});

function filterInAddress() {
  const found = /^#filter=(.*)$/.exec(location.hash);
  try {
    return found ? decodeURIComponent(found[1]) : null;
  } catch {
    return null;
  }
}

/** The view stays as it is until the new filter is good. */
function readFilter() {
  clearTimeout(typing);
  const why = whatIsWrongWithFilter(filter.value);
  tellFilter(why);
  if (why !== null) return;
  wanted = filter.value;
  settle();
}

function tellFilter(why) {
  filter.setAttribute("aria-invalid", String(why !== null));
  setText(byId("filter-error"), why ?? "");
}

/** Subscribes to what is wanted, and only then gives up what was there. */
async function settle() {
  if (isSettling) return;
  isSettling = true;
  byId("rows").ariaBusy = "true";
  try {
    while (connection?.isOpen && wanted !== granted) {
      const [before, next] = [granted, wanted];
      const reason = await connection.subscribe(next);
      if (reason >= 0x80) {
        tellFilter(`The gateway refuses this filter: ${reasonText(reason)}.`);
        if (wanted === next) wanted = before;
        continue;
      }
      granted = next;
      rows.keep(filterOf(next));
      drawSoon();
      if (next !== filterInAddress() && (next !== "#" || location.hash)) {
        history.replaceState(null, "", `#filter=${encodeURIComponent(next)}`);
      }
      if (before !== null) {
        await connection.unsubscribe(before);
        rows.keep(filterOf(next)); // until now it could still bring some
        drawSoon();
      }
    }
  } catch {
    // The connection is lost. Once there is one, this goes on.
  } finally {
    isSettling = false;
    byId("rows").ariaBusy = String(granted === null);
  }
}

// The connection.

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** A connection that held for so long was a good one. */
const GOOD_MS = 5000;

let connection = null;
let attempts = 0;
let opened = 0;
let nextTry = null;
let countdown = null;

function connect() {
  clearTimeout(nextTry);
  clearInterval(countdown);
  nextTry = countdown = null;
  const url = new URL("/mqtt", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  url.hash = "";
  connection = new MqttConnection(url, { open, message, end });
  byId("banner-button").disabled = true;
  setText(byId("banner-wait"), "Trying now.");
}

function open(properties) {
  opened = now();
  granted = null;
  document.body.classList.remove("offline");
  byId("banner").hidden = true;
  setText(byId("banner-text"), "");
  const state = byId("state");
  state.dataset.state = "open";
  state.title = `As ${properties.assignedClientIdentifier ?? "a client"}`;
  setText(state, "Connected");
  byId("qos").options[1].disabled = properties.maximumQos === false;
  if (properties.maximumQos === false) byId("qos").value = "0";
  byId("retain").disabled = properties.retainAvailable === false;
  settle();
}

function end(why) {
  connection = null;
  granted = null;
  document.body.classList.add("offline");
  byId("banner").hidden = false;
  byId("banner-button").disabled = false;
  setText(byId("banner-text"), `No connection to the gateway: ${why}. What you see may be old.`);
  const state = byId("state");
  state.dataset.state = "closed";
  setText(state, "Not connected");
  if (opened > 0 && now() - opened > GOOD_MS) attempts = 0;
  opened = 0;
  // Twice as long each time, and not all pages at once.
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempts);
  const delay = longest * (0.5 + Math.random() / 2);
  attempts += 1;
  const due = now() + delay;
  const count = () => setText(byId("banner-wait"), `Trying again in ${ageText(due - now() + 999)}.`);
  count();
  countdown = setInterval(count, 1000);
  nextTry = setTimeout(connect, delay);
}

/** Somebody looks, or the network is back: there is nothing to wait for. */
function tryNow() {
  if (connection === null) connect();
}
byId("banner-button").onclick = tryNow;
addEventListener("online", tryNow);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) tryNow();
});
addEventListener("pagehide", () => connection?.end("the page is left"));
addEventListener("pageshow", (event) => {
  if (event.persisted) tryNow();
});

// Publish.

const topic = byId("topic");

function judgeTopic() {
  const why = whatIsWrongWithName(topic.value);
  topic.setAttribute("aria-invalid", String(why !== null));
  setText(byId("topic-error"), why ?? "");
  return why === null;
}
topic.oninput = () => {
  if (topic.value !== "" || topic.getAttribute("aria-invalid") === "true") judgeTopic();
};

byId("publish-form").onsubmit = async (event) => {
  event.preventDefault();
  if (!judgeTopic()) return topic.focus();
  const payload = new TextEncoder().encode(byId("payload").value);
  const [qos, retain] = [Number(byId("qos").value), byId("retain").checked];
  const result = byId("result");
  result.className = "";
  if (!connection?.isOpen) {
    result.className = "error";
    setText(result, "Nothing was sent: there is no connection.");
    return;
  }
  const begin = now();
  setText(result, "Sent.");
  try {
    const reason = await connection.publish(topic.value, payload, { qos, retain });
    if (reason === null) return setText(result, "Sent. Nobody acknowledges QoS 0.");
    result.className = reason < 0x80 ? "good" : "error";
    const cleared = retain && payload.length === 0 && reason < 0x80 ? " What was retained is cleared." : "";
    setText(result, `PUBACK ${reasonText(reason)}, after ${Math.ceil(now() - begin)} ms.${cleared}`);
  } catch (error) {
    result.className = "error";
    setText(result, `Not published: ${error.message}.`);
  }
};

// Join.

/** Lines to paste, with the ports that the gateway listens on. What is not spoken is left out. */
function waysToJoin() {
  const ports = document.body.dataset;
  // Whoever leads here chooses the name, and a shell would run some of what a browser takes for one.
  const isPlain = /^([a-z\d][\w.-]*|\[[\da-f:.]+\])(:\d+)?$/i.test(location.host);
  const name = isPlain ? location.hostname : "GATEWAY";
  const host = isPlain ? location.host : `GATEWAY${location.port && `:${location.port}`}`;
  const bare = name.replace(/^\[|\]$/g, "");
  const at = (scheme, port, usual) => `${scheme}://${name}${Number(port) === usual ? "" : `:${port}`}`;
  const ways = [];
  const isSecure = location.protocol === "https:";
  const topicName = "house/attic/temperature";
  ways.push(["MQTT", [
    `mosquitto_sub -h ${bare} -p ${ports.mqtt} -v -t 'house/#'`,
    `mosquitto_pub -h ${bare} -p ${ports.mqtt} -t ${topicName} -m 19.5`,
    ...(ports.mqtts ? [`mosquitto_sub -h ${bare} -p ${ports.mqtts} --cafile CERT -v -t 'house/#'`] : []),
  ]]);
  if (ports.coap) {
    const [udp, tcp] = [at("coap", ports.coap, 5683), at("coap+tcp", ports.coap, 5683)];
    ways.push(["CoAP", [
      `coap-client-notls -s 60 ${udp}/ps/${topicName}`,
      `coap-client-notls -m put -e 19.5 ${udp}/ps/${topicName}`,
      `coap-client-notls ${tcp}/.well-known/core`,
      `aiocoap-client --observe ${udp}/ps/${topicName}`,
    ]]);
  }
  const web = `${location.protocol}//${host}`;
  const curl = isSecure ? "curl --cacert CERT" : "curl";
  ways.push(["HTTP", [
    `echo 19.5 | ${curl} -T- ${web}/topics/${topicName}`,
    `${curl} ${web}/topics/${topicName}`,
    `${curl} -N '${web}/events?filter=house/%23'`,
  ]]);
  const socket = `${isSecure ? "wss" : "ws"}://${host}/mqtt`;
  const overSocket = `${isSecure ? "coaps+ws" : "coap+ws"}://${host}/ps/${topicName}`;
  ways.push(["WebSocket", [socket, `mqtt.connect("${socket}")`, isSecure ? `coap-get -R CERT ${overSocket}` : `aiocoap-client ${overSocket}`]]);
  return ways;
}

const NOTES = {
  CoAP: "libcoap's client calls itself coap-client-notls, coap-client or coap-client-openssl.",
  WebSocket: "Subprotocol mqtt. The second line is for MQTT.js, the third is CoAP.",
};

for (const [n, [title, lines]] of waysToJoin().entries()) {
  const details = make("details", {}, make("summary", {}, title));
  details.open = n === 0;
  if (NOTES[title]) details.append(make("p", { class: "hint" }, NOTES[title]));
  for (const line of lines) {
    // A line is broken between words.
    const words = line.split(" ").flatMap((word, n) => [n > 0 ? " " : "", make("span", {}, word)]);
    const code = make("code", { tabindex: "0" }, ...words);
    const button = make("button", { type: "button", class: "quiet", "aria-label": `Copy ${line}` }, "Copy");
    button.onclick = () => copy(code, button);
    details.append(make("div", { class: "paste" }, code, button));
  }
  byId("join").append(details);
}

async function copy(code, button) {
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    // Without TLS a page has no clipboard; then it is copied as a person would.
    getSelection().selectAllChildren(code);
    if (!document.execCommand("copy")) return;
  }
  setText(byId("copied"), `Copied: ${code.textContent}`);
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}

connect();
drawSoon();
