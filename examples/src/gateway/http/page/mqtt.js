// An MQTT 5.0 client over WebSocket: QoS 0 and 1, one subscription at a time, nothing kept between
// connections. Whatever comes is judged before it is believed.

const Type = {
  CONNECT: 1, CONNACK: 2, PUBLISH: 3, PUBACK: 4, SUBSCRIBE: 8, SUBACK: 9, UNSUBSCRIBE: 10,
  UNSUBACK: 11, PINGREQ: 12, PINGRESP: 13, DISCONNECT: 14,
};

/**
 * Properties by identifier: name, type, and the packets that may have them when a server sends them.
 * Section 2.2.2.2
 */
const PROPERTIES = new Map([
  [0x01, ["payloadFormatIndicator", "flag", [Type.PUBLISH]]],
  [0x02, ["messageExpiryInterval", "u32", [Type.PUBLISH]]],
  [0x03, ["contentType", "text", [Type.PUBLISH]]],
  [0x08, ["responseTopic", "text", [Type.PUBLISH]]],
  [0x09, ["correlationData", "binary", [Type.PUBLISH]]],
  [0x0b, ["subscriptionIdentifier", "varint", [Type.PUBLISH]]],
  [0x11, ["sessionExpiryInterval", "u32", [Type.CONNACK]]],
  [0x12, ["assignedClientIdentifier", "text", [Type.CONNACK]]],
  [0x13, ["serverKeepAlive", "u16", [Type.CONNACK]]],
  [0x15, ["authenticationMethod", "text", [Type.CONNACK]]],
  [0x16, ["authenticationData", "binary", [Type.CONNACK]]],
  [0x1a, ["responseInformation", "text", [Type.CONNACK]]],
  [0x1c, ["serverReference", "text", [Type.CONNACK, Type.DISCONNECT]]],
  [0x1f, ["reasonString", "text", [Type.CONNACK, Type.PUBACK, Type.SUBACK, Type.UNSUBACK, Type.DISCONNECT]]],
  [0x21, ["receiveMaximum", "u16", [Type.CONNACK]]],
  [0x22, ["topicAliasMaximum", "u16", [Type.CONNACK]]],
  [0x23, ["topicAlias", "u16", [Type.PUBLISH]]],
  [0x24, ["maximumQos", "flag", [Type.CONNACK]]],
  [0x25, ["retainAvailable", "flag", [Type.CONNACK]]],
  [0x26, ["userProperties", "pair", [Type.CONNACK, Type.PUBLISH, Type.PUBACK, Type.SUBACK, Type.UNSUBACK, Type.DISCONNECT]]],
  [0x27, ["maximumPacketSize", "u32", [Type.CONNACK]]],
  [0x28, ["wildcardSubscriptionAvailable", "flag", [Type.CONNACK]]],
  [0x29, ["subscriptionIdentifierAvailable", "flag", [Type.CONNACK]]],
  [0x2a, ["sharedSubscriptionAvailable", "flag", [Type.CONNACK]]],
]);

/** Those that must not be 0. */
const NEVER_ZERO = ["receiveMaximum", "maximumPacketSize", "topicAlias", "subscriptionIdentifier"];

/** Reason Codes. Section 2.4 */
const REASONS = new Map([
  [0x00, "success"], [0x01, "granted QoS 1"], [0x02, "granted QoS 2"],
  [0x10, "no matching subscribers"], [0x11, "no subscription existed"],
  [0x80, "unspecified error"], [0x81, "malformed packet"], [0x82, "protocol error"],
  [0x83, "implementation specific error"], [0x84, "unsupported protocol version"],
  [0x85, "client identifier not valid"], [0x86, "bad user name or password"],
  [0x87, "not authorized"], [0x88, "server unavailable"], [0x89, "server busy"], [0x8a, "banned"],
  [0x8b, "server shutting down"], [0x8c, "bad authentication method"], [0x8d, "keep alive timeout"],
  [0x8e, "session taken over"], [0x8f, "topic filter invalid"], [0x90, "topic name invalid"],
  [0x91, "packet identifier in use"], [0x93, "receive maximum exceeded"],
  [0x94, "topic alias invalid"], [0x95, "packet too large"], [0x96, "message rate too high"],
  [0x97, "quota exceeded"], [0x98, "administrative action"], [0x99, "payload format invalid"],
  [0x9a, "retain not supported"], [0x9b, "QoS not supported"], [0x9c, "use another server"],
  [0x9d, "server moved"], [0x9e, "shared subscriptions not supported"],
  [0x9f, "connection rate exceeded"], [0xa0, "maximum connect time"],
  [0xa1, "subscription identifiers not supported"], [0xa2, "wildcard subscriptions not supported"],
]);

/** The codes that each packet may bring. Section 2.4; success is one of all of them. */
const REASONS_OF = {
  [Type.CONNACK]: [0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95,
    0x97, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9f],
  [Type.PUBACK]: [0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
  [Type.SUBACK]: [0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2],
  [Type.UNSUBACK]: [0x11, 0x80, 0x83, 0x87, 0x8f, 0x91],
  [Type.DISCONNECT]: [0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94,
    0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2],
};

/** `0x97 quota exceeded` */
function reasonText(code) {
  return `0x${code.toString(16).padStart(2, "0")} ${REASONS.get(code) ?? "unknown"}`;
}

/** A packet that breaks a rule, and the Reason Code to say so with. */
class Fault extends Error {
  constructor(why, reason = 0x81) {
    super(why);
    this.reason = reason;
  }
}

/** Takes the fields of a packet one after the other. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = 0;
  }

  get left() {
    return this.bytes.length - this.at;
  }

  take(length) {
    if (length > this.left) throw new Fault("a field goes beyond the end of its packet");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  u8() { return this.take(1)[0]; }
  u16() { this.take(2); return this.view.getUint16(this.at - 2); }
  u32() { this.take(4); return this.view.getUint32(this.at - 4); }
  binary() { return this.take(this.u16()); }
  pair() { return [this.text(), this.text()]; }

  flag() {
    const value = this.u8();
    if (value > 1) throw new Fault("a flag that is neither 0 nor 1", 0x82);
    return value === 1;
  }

  varint() {
    const [value, length] = readVarint(this.bytes, this.at) ?? [0, this.left + 1];
    this.take(length);
    return value;
  }

  text() {
    let text;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.binary());
    } catch (error) {
      throw error instanceof Fault ? error : new Fault("a text that is not UTF-8"); // [MQTT-1.5.4-1]
    }
    if (text.includes("\0")) throw new Fault("a text with NUL"); // [MQTT-1.5.4-2]
    return text;
  }

  packetId() {
    const id = this.u16();
    if (id === 0) throw new Fault("the Packet Identifier 0", 0x82); // [MQTT-2.2.1-3]
    return id;
  }

  reason(type) {
    const code = this.u8();
    if (code !== 0 && !REASONS_OF[type].includes(code)) {
      throw new Fault(`Reason Code ${reasonText(code)}, which this packet does not have`, 0x82);
    }
    return code;
  }

  /** Those of a packet of this type. */
  properties(type) {
    const reader = new Reader(this.take(this.varint()));
    const found = { userProperties: [] };
    while (reader.left > 0) {
      const [name, kind, packets] = PROPERTIES.get(reader.varint()) ?? [];
      if (!name || !packets.includes(type)) throw new Fault("a property that does not belong here"); // section 2.2.2.2
      const value = reader[kind]();
      if (kind === "pair") {
        found[name].push(value);
        continue;
      }
      if (name in found && name !== "subscriptionIdentifier") throw new Fault(`${name} twice`, 0x82);
      if (value === 0 && NEVER_ZERO.includes(name)) throw new Fault(`${name} is 0`, 0x82);
      found[name] = value;
    }
    return found;
  }

  end() {
    if (this.left > 0) throw new Fault("bytes behind the last field");
  }
}

/** A Variable Byte Integer and its length; null if it is not all there. Section 1.5.5 */
function readVarint(bytes, start) {
  let value = 0;
  for (let n = 0; n < 4; n++) {
    const byte = bytes[start + n];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 128 ** n;
    if (byte < 0x80) {
      if (byte === 0 && n > 0) throw new Fault("a length that is longer than it need be"); // [MQTT-1.5.5-1]
      return [value, n + 1];
    }
  }
  throw new Fault("a length of more than four bytes");
}

const u16 = (value) => [value >> 8, value & 0xff];
const u32 = (value) => [...u16(value >>> 16), ...u16(value & 0xffff)];

function varint(value) {
  const bytes = [];
  do {
    bytes.push((value % 128) | (value > 127 ? 0x80 : 0));
    value = Math.floor(value / 128);
  } while (value > 0);
  return bytes;
}

function text(value) {
  const bytes = new TextEncoder().encode(value);
  return [...u16(bytes.length), ...bytes];
}

/** A packet of these parts, each an array of bytes. */
function packet(first, ...parts) {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = [first, ...varint(length)];
  const bytes = new Uint8Array(head.length + length);
  let at = 0;
  for (const part of [head, ...parts]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The longest packet that we take, as CONNECT says. */
const LONGEST_PACKET = 4 << 20;
/** So many PUBLISH of QoS 1 may come before we have acknowledged one: CONNECT says it too. */
const RECEIVE_MAXIMUM = 100;
/** Of a tab that nobody looks at, browsers wake a timer once a minute at most. */
const KEEP_ALIVE_SECS = 180;
/** Who says nothing for so long asks for a sign of life. */
const PING_MS = 15_000;
/** So long an answer may take. */
const PATIENCE_MS = 10_000;
/** What applications may close a WebSocket with. 1002, a broken rule, is the browser's alone. */
const CLOSE_BROKEN_RULE = 4002;

/**
 * One connection. `on` has the functions `open(connack)`, `message(message)` and `end(why)`; the last
 * is called once, and nothing after it.
 */
class MqttConnection {
  constructor(url, on) {
    this.on = on;
    this.input = new Uint8Array(0);
    this.isOpen = false;
    this.isOver = false;
    this.nextId = 1;
    /** What waits for an acknowledgement: by Packet Identifier, the type that must come, and whom to tell. */
    this.waiting = new Map();
    this.limits = { receiveMaximum: 65535, maximumPacketSize: Infinity };
    this.socket = new WebSocket(url, ["mqtt"]); // [MQTT-6.0.0-3]
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.connect();
    this.socket.onmessage = (event) => this.receive(event.data);
    this.socket.onclose = () => this.finish("the connection was lost");
    this.deadline = setTimeout(() => this.finish("no answer"), PATIENCE_MS);
  }

  /** Section 3.1: a clean session, and a name that the server gives. */
  connect() {
    if (this.socket.protocol !== "mqtt") return this.finish("no MQTT over WebSocket here");
    const properties = [
      0x21, ...u16(RECEIVE_MAXIMUM), 0x27, ...u32(LONGEST_PACKET),
      0x26, ...text("want-origin"), ...text(""), // the gateway then says where each message comes from
    ];
    const cleanStart = 0x02;
    const body = [...text("MQTT"), 5, cleanStart, ...u16(KEEP_ALIVE_SECS)];
    this.send(packet(Type.CONNECT << 4, body, varint(properties.length), properties, text("")));
  }

  /** Subscribes, and says what SUBACK says: a Reason Code. */
  subscribe(filter) {
    const id = this.id();
    // QoS 1; No Local and the others are off: retained messages come at once. Section 3.8.3.1
    this.send(packet((Type.SUBSCRIBE << 4) | 2, u16(id), [0], text(filter), [1]));
    return this.answer(id, Type.SUBACK);
  }

  unsubscribe(filter) {
    const id = this.id();
    this.send(packet((Type.UNSUBSCRIBE << 4) | 2, u16(id), [0], text(filter)));
    return this.answer(id, Type.UNSUBACK);
  }

  /** Publishes bytes. At QoS 1, says what PUBACK says; at QoS 0, null at once. */
  async publish(topic, payload, { qos, retain }) {
    const ids = [...this.waiting.values()].filter((wait) => wait.type === Type.PUBACK);
    if (qos > 0 && ids.length >= this.limits.receiveMaximum) throw new Error("too many messages are on their way"); // [MQTT-3.3.4-7]
    const id = qos > 0 ? this.id() : 0;
    const first = (Type.PUBLISH << 4) | (qos << 1) | (retain ? 1 : 0);
    const bytes = packet(first, text(topic), qos > 0 ? u16(id) : [], [0], payload);
    const most = this.limits.maximumPacketSize;
    if (bytes.length > most) throw new Error(`the message has ${bytes.length} bytes, the gateway takes ${most}`); // [MQTT-3.2.2-15]
    this.send(bytes);
    return qos > 0 ? this.answer(id, Type.PUBACK) : null;
  }

  /** Says goodbye. */
  end(why, reason = 0) {
    if (this.isOpen) this.send(packet(Type.DISCONNECT << 4, [reason]));
    this.finish(why, reason === 0 ? 1000 : CLOSE_BROKEN_RULE);
  }

  // What comes.

  receive(data) {
    if (this.isOver) return;
    try {
      if (typeof data === "string") throw new Fault("a text message, not a binary one"); // [MQTT-6.0.0-1]
      this.input = joined(this.input, new Uint8Array(data));
      // Packets are cut by messages anywhere, or several are in one. [MQTT-6.0.0-2]
      while (!this.isOver && this.handleNext());
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.end(`the gateway broke a rule: ${error.message}`, error.reason);
    }
  }

  /** Handles the next packet. False if it is not all there. */
  handleNext() {
    const length = readVarint(this.input, 1);
    if (length === null) return false;
    const begin = 1 + length[1];
    const end = begin + length[0];
    if (end > LONGEST_PACKET) throw new Fault("a packet larger than CONNECT allows", 0x95);
    if (this.input.length < end) return false;
    const [first, body] = [this.input[0], this.input.subarray(begin, end)];
    this.input = this.input.subarray(end);
    this.handle(first >> 4, first & 0x0f, new Reader(body));
    return true;
  }

  handle(type, flags, reader) {
    if (type !== Type.PUBLISH && flags !== 0) throw new Fault("reserved flags"); // [MQTT-2.1.3-1]
    if (this.isOpen === (type === Type.CONNACK)) throw new Fault("a packet that must not come now", 0x82); // [MQTT-3.2.0-1]
    switch (type) {
      case Type.CONNACK: return this.connack(reader);
      case Type.PUBLISH: return this.message(flags, reader);
      case Type.PUBACK: return this.puback(reader);
      case Type.SUBACK: case Type.UNSUBACK: return this.suback(type, reader);
      case Type.PINGRESP: return this.pingresp(reader);
      case Type.DISCONNECT: return this.disconnect(reader);
      default: throw new Fault("a packet that a server does not send", 0x82);
    }
  }

  connack(reader) {
    const sessionPresent = reader.flag();
    const reason = reader.reason(Type.CONNACK);
    const properties = reader.properties(Type.CONNACK);
    reader.end();
    if (reason >= 0x80) return this.finish(`the gateway refuses: ${reasonText(reason)}`);
    if (sessionPresent) throw new Fault("a session that we do not have", 0x82); // [MQTT-3.2.2-4]
    this.limits = { ...this.limits, ...properties };
    this.isOpen = true;
    this.isAnswered();
    this.keepAliveMs = 1000 * (properties.serverKeepAlive ?? KEEP_ALIVE_SECS); // [MQTT-3.2.2-21]
    this.rest();
    this.on.open(properties);
  }

  message(flags, reader) {
    const qos = (flags >> 1) & 3;
    if (qos > 1) throw new Fault("a QoS that was not subscribed to", qos > 2 ? 0x81 : 0x9b); // [MQTT-3.3.1-4]
    if (qos === 0 && flags & 8) throw new Fault("DUP at QoS 0"); // [MQTT-3.3.1-2]
    const topic = reader.text();
    const id = qos > 0 ? reader.packetId() : 0;
    const properties = reader.properties(Type.PUBLISH);
    if ("topicAlias" in properties) throw new Fault("a Topic Alias, of which we take none", 0x94); // [MQTT-3.3.2-9]
    if ("subscriptionIdentifier" in properties) throw new Fault("an identifier that no subscription has", 0x82);
    if (whatIsWrongWithName(topic) !== null) throw new Fault("not a topic name", 0x90); // [MQTT-3.3.2-2]
    const payload = reader.take(reader.left);
    if (qos > 0) this.send(packet(Type.PUBACK << 4, u16(id)));
    this.on.message({ topic, qos, retain: (flags & 1) === 1, properties, payload });
  }

  puback(reader) {
    const id = reader.packetId();
    // Section 3.4.2.1: what is left out means success.
    const reason = reader.left > 0 ? reader.reason(Type.PUBACK) : 0;
    if (reader.left > 0) reader.properties(Type.PUBACK);
    reader.end();
    this.acknowledged(id, Type.PUBACK, reason);
  }

  suback(type, reader) {
    const id = reader.packetId();
    reader.properties(type);
    const reason = reader.reason(type);
    reader.end(); // one filter, one code: [MQTT-3.8.4-6]
    this.acknowledged(id, type, reason);
  }

  pingresp(reader) {
    reader.end();
    this.isAnswered();
  }

  disconnect(reader) {
    const reason = reader.left > 0 ? reader.reason(Type.DISCONNECT) : 0;
    const properties = reader.left > 0 ? reader.properties(Type.DISCONNECT) : {};
    reader.end();
    const more = properties.reasonString ? ` (${properties.reasonString})` : "";
    this.finish(`the gateway says goodbye: ${reasonText(reason)}${more}`);
  }

  // What lies beneath.

  send(bytes) {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.send(bytes);
    if (this.isOpen) this.rest();
  }

  isAnswered() {
    clearTimeout(this.deadline);
    this.deadline = null;
  }

  /** From now on nothing is said until it is time for a PINGREQ. [MQTT-3.1.2-20] */
  rest() {
    clearTimeout(this.ping);
    if (this.keepAliveMs === 0) return;
    this.ping = setTimeout(() => {
      this.deadline ??= setTimeout(() => this.finish("no answer"), PATIENCE_MS);
      this.send(packet(Type.PINGREQ << 4));
    }, Math.min(PING_MS, this.keepAliveMs / 2));
  }

  /** A Packet Identifier that is free. */
  id() {
    while (this.waiting.has(this.nextId)) this.nextId = (this.nextId % 65535) + 1;
    const id = this.nextId;
    this.nextId = (id % 65535) + 1;
    return id;
  }

  answer(id, type) {
    return new Promise((resolve, reject) => this.waiting.set(id, { type, resolve, reject }));
  }

  acknowledged(id, type, reason) {
    const wait = this.waiting.get(id);
    if (wait?.type !== type) throw new Fault("an acknowledgement of nothing", 0x82);
    this.waiting.delete(id);
    wait.resolve(reason);
  }

  finish(why, code = 1000) {
    if (this.isOver) return;
    this.isOver = true;
    this.isOpen = false;
    clearTimeout(this.deadline);
    clearTimeout(this.ping);
    this.socket.onclose = this.socket.onmessage = this.socket.onopen = null;
    this.socket.close(code);
    for (const wait of this.waiting.values()) wait.reject(new Error(why));
    this.on.end(why);
  }
}

function joined(first, second) {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

