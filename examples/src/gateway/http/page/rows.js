// The table: a row for each topic. What comes is noted at once and drawn with the next frame.

/** So many topics are remembered, .. */
const MOST_TOPICS = 10_000;
/** .. so many of them are shown, .. */
const MOST_ROWS = 200;
/** .. and so many numbers of each are drawn. */
const MOST_POINTS = 60;
/** All their names together have so many characters at most. */
const MOST_NAMES = 4 << 20;
/** Of a name so many characters are shown, .. */
const SHOWN_NAME = 300;
/** .. and of what a publisher says about a message so many User Properties, names and values. */
const [SHOWN_USERS, SHOWN_USER, SHOWN_TEXT] = [20, 100, 500];

/** What people call the protocols that the gateway names, and their family. */
const PROTOCOLS = {
  mqtt: ["MQTT", "mqtt"], mqtts: ["MQTT · TLS", "mqtt"],
  ws: ["MQTT · WS", "mqtt"], wss: ["MQTT · WSS", "mqtt"],
  coap: ["CoAP · UDP", "coap"], "coap+tcp": ["CoAP · TCP", "coap"], "coaps+tcp": ["CoAP · TLS", "coap"],
  "coap+ws": ["CoAP · WS", "coap"], "coaps+ws": ["CoAP · WSS", "coap"],
  http: ["HTTP", "http"], https: ["HTTPS", "http"],
  gateway: ["Gateway", "gateway"],
};

/** Makes an element. Texts go in as text, never as HTML. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function makeSvg(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Sets a text if it is another one: what does not change is not drawn, and not read out. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The begin of a text, as a copy: a mere slice would keep all of it in memory. */
function cut(text, most) {
  return text?.length > most ? structuredClone(`${text.slice(0, most)}…`) : text;
}

class Rows {
  /** `onPick(topic)` is called for the topic that somebody wants to publish to. */
  constructor(table, more, onPick) {
    this.table = table;
    this.more = more;
    this.onPick = onPick;
    this.rows = new Map();
    this.order = [];
    this.isNewOrder = true;
    /** How many characters the names have, and whether one was left out. */
    this.names = 0;
    this.isFull = false;
  }

  /** A message has come. */
  take(message, now) {
    let row = this.rows.get(message.topic);
    if (!row) {
      const names = this.names + message.topic.length;
      if (this.rows.size >= MOST_TOPICS || names > MOST_NAMES) {
        this.isNewOrder ||= !this.isFull;
        this.isFull = true;
        return;
      }
      this.names = names;
      row = new Row(message.topic);
      this.rows.set(message.topic, row);
      this.isNewOrder = true;
    }
    row.take(message, now);
  }

  /** Forgets the topics that the filter does not take. */
  keep(filter) {
    for (const topic of this.rows.keys()) {
      if (!matches(filter, topic) && this.rows.delete(topic)) this.names -= topic.length;
    }
    this.isNewOrder = true;
    this.isFull = false;
  }

  draw(now) {
    if (this.isNewOrder) this.place();
    for (const topic of this.order) this.rows.get(topic).draw(now);
  }

  tick(now) {
    for (const topic of this.order) this.rows.get(topic)?.drawAge(now);
  }

  /** The first ones by name get an element, in order; the others have none. */
  place() {
    this.isNewOrder = false;
    const all = [...this.rows.keys()].sort();
    this.order = all.slice(0, MOST_ROWS);
    let at = this.table.tHead.nextElementSibling;
    for (const topic of this.order) {
      const row = this.rows.get(topic);
      row.element ??= row.makeElement(this.onPick);
      if (at === row.element) at = at.nextElementSibling;
      else this.table.insertBefore(row.element, at);
    }
    while (at) {
      const next = at.nextElementSibling;
      at.remove();
      at = next;
    }
    for (const topic of all.slice(MOST_ROWS)) this.rows.get(topic).element = null;
    setText(this.more, this.moreText(all.length));
  }

  moreText(count) {
    if (count === 0) return "Nothing yet. What is published on a topic that the filter takes appears here.";
    if (count <= MOST_ROWS && !this.isFull) return "";
    const known = this.isFull ? `more than ${count.toLocaleString("en")}` : count.toLocaleString("en");
    return `The first ${Math.min(count, MOST_ROWS)} of ${known} topics, by name. A narrower filter shows others.`;
  }
}

class Row {
  constructor(topic) {
    this.topic = topic;
    this.points = [];
    this.count = 0;
    this.element = null;
  }

  take(message, now) {
    const users = message.properties.userProperties;
    // The gateway's own are the last two; whoever publishes may say what he likes before.
    const own = Object.fromEntries(users.slice(-2));
    const age = /^\d{1,15}$/.test(own.age_ms) ? Number(own.age_ms) : 0;
    const reading = readingOf(message.payload);
    if (reading.unit !== this.reading?.unit || reading.number === null) this.points = [];
    if (reading.number !== null) this.points.push([now - age, reading.number]);
    if (this.points.length > MOST_POINTS) this.points.shift();
    // Only what is shown is kept: there can be a megabyte of it for each topic.
    const theirs = ("age_ms" in own ? users.slice(0, -2) : users).slice(0, SHOWN_USERS);
    this.users = theirs.map(([name, value]) => [cut(name, SHOWN_USER), cut(value, SHOWN_TEXT)]);
    const { qos, retain, properties: { contentType, responseTopic } } = message;
    this.about = { qos, retain, contentType: cut(contentType, SHOWN_TEXT), responseTopic: cut(responseTopic, SHOWN_TEXT) };
    this.via = own.via ?? "mqtt";
    Object.assign(this, { reading, at: now - age, isNew: true });
    this.count += 1;
  }

  makeElement(onPick) {
    const levels = cut(this.topic, SHOWN_NAME).split("/");
    const last = levels.pop();
    // A long name is broken behind a slash.
    const shown = levels.flatMap((level) => [`${level}/`, make("wbr")]);
    this.button = make("button", { type: "button", class: "topic", "aria-expanded": "false" },
      make("span", { class: "levels" }, ...shown), make("span", { class: "level" }, last));
    this.number = make("span", { class: "number" });
    this.unit = make("span", { class: "unit" });
    this.area = makeSvg("path", { class: "area" });
    this.line = makeSvg("path", { class: "line" });
    this.dot = makeSvg("circle", { r: 2.5 });
    this.trend = makeSvg("svg", { viewBox: "0 0 120 32", role: "img" }, this.area, this.line, this.dot);
    this.badge = make("span", { class: "badge" });
    this.age = make("td", { role: "cell", class: "age" });
    this.cell = make("td", { role: "cell", class: "value" }, this.number, this.unit);
    const row = make("tr", { role: "row" },
      make("th", { scope: "row", role: "rowheader" }, this.button),
      this.cell,
      make("td", { role: "cell", class: "trend" }, this.trend),
      make("td", { role: "cell", class: "via" }, this.badge),
      this.age);
    const element = make("tbody", { role: "rowgroup" }, row);
    this.details = null;
    this.button.onclick = () => this.toggle(element, onPick);
    this.isNew = true;
    return element;
  }

  draw(now) {
    if (!this.isNew || !this.element) return;
    this.isNew = false;
    const { number, text, isBinary, unit } = this.reading;
    const [name, family] = PROTOCOLS[this.via] ?? [this.via, ""];
    setText(this.badge, name);
    this.badge.dataset.family = family;
    this.cell.classList.toggle("words", number === null);
    this.cell.classList.toggle("binary", isBinary);
    const words = text === "" ? "(empty)" : text.slice(0, 200);
    setText(this.number, number === null ? words : this.aligned(number));
    setText(this.unit, unit);
    this.drawTrend();
    this.drawAge(now);
    if (this.details) this.drawDetails();
  }

  /** With as many decimals as the others that are drawn have, so that the digits stand still. */
  aligned(number) {
    const decimals = (n) => /^-?\d+\.(\d+)$/.exec(numberText(n))?.[1].length ?? 0;
    const most = Math.max(...this.points.map(([, n]) => decimals(n)));
    return numberText(number).includes("e") ? numberText(number) : Number(numberText(number)).toFixed(most);
  }

  drawAge(now) {
    if (!this.element) return;
    setText(this.age, ageText(now - this.at));
  }

  /** The points over time, between the lowest and the highest. */
  drawTrend() {
    const points = this.points;
    this.trend.classList.toggle("none", points.length < 2);
    if (points.length < 2) {
      this.trend.setAttribute("aria-label", "too few numbers for a line");
      return;
    }
    const numbers = points.map(([, number]) => number);
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const [begin, end] = [points[0][0], points.at(-1)[0]];
    const x = (at) => (end > begin ? 2 + ((at - begin) / (end - begin)) * 114 : 116).toFixed(1);
    const y = (number) => (high > low ? 28 - ((number - low) / (high - low)) * 24 : 16).toFixed(1);
    const line = points.map(([at, number]) => `${x(at)} ${y(number)}`).join("L");
    this.line.setAttribute("d", `M${line}`);
    this.area.setAttribute("d", `M${x(begin)} 32L${line}L${x(end)} 32Z`);
    this.dot.setAttribute("cx", x(end));
    this.dot.setAttribute("cy", y(numbers.at(-1)));
    const span = ageText(end - begin);
    this.trend.setAttribute("aria-label", `between ${numberText(low)} and ${numberText(high)} within ${span}`);
  }

  toggle(element, onPick) {
    if (this.details) {
      this.details.remove();
      this.details = null;
    } else {
      this.facts = make("dl");
      this.raw = make("pre", { tabindex: "0", role: "region", "aria-label": `Payload of ${cut(this.topic, SHOWN_NAME)}` });
      const pick = make("button", { type: "button", class: "quiet" }, "Publish to this topic");
      pick.onclick = () => onPick(this.topic);
      const cell = make("td", { role: "cell", colspan: "5" }, this.raw, this.facts, pick);
      this.details = make("tr", { role: "row", class: "details" }, cell);
      element.append(this.details);
      this.drawDetails();
    }
    this.button.setAttribute("aria-expanded", String(this.details !== null));
  }

  drawDetails() {
    const { length, text } = this.reading;
    setText(this.raw, length > KEPT_BYTES && !this.reading.isBinary ? `${text} …` : text);
    const { qos, retain, contentType, responseTopic } = this.about;
    const facts = [
      ["Size", bytesText(length)],
      ["QoS", String(qos)],
      ["Retained", retain ? "yes, it was there before" : "it came as it was published"],
      ["Content type", contentType],
      ["Response topic", responseTopic],
      ["Messages here", this.count.toLocaleString("en")],
      ...this.users,
    ].filter(([, value]) => value !== undefined);
    this.facts.replaceChildren(...facts.map(([name, value]) =>
      make("div", {}, make("dt", {}, name), make("dd", {}, value))));
  }
}

