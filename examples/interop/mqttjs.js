// One case with MQTT.js: node mqttjs.js CASE VERSION PORT-OR-URL TOPIC. Exit code 0 if it holds.
'use strict'
const assert = require('node:assert/strict')
const crypto = require('node:crypto')
const mqtt = require('mqtt')

const [name, version, port, topic] = process.argv.slice(2)
const protocolVersion = version === '5' ? 5 : 4
const url = port.includes('://') ? port : `mqtt://127.0.0.1:${port}`
const clients = []

async function connect(options = {}) {
  const client = await mqtt.connectAsync(url, {
    protocolVersion, reconnectPeriod: 0, connectTimeout: 5000, ...options
  })
  client.messages = []
  client.on('message', (t, payload, packet) => client.messages.push({ topic: t, payload, packet }))
  client.on('error', () => {})
  clients.push(client)
  return client
}

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

async function until(condition, what, ms = 10000) {
  const end = Date.now() + ms
  while (!condition()) {
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`)
    await sleep(5)
  }
}

const texts = client => client.messages.map(m => m.payload.toString())

const cases = {
  async 'qos-0-and-1' () {
    const [s, p] = [await connect(), await connect()]
    const granted = await s.subscribeAsync({ [`${topic}/0`]: { qos: 0 }, [`${topic}/1`]: { qos: 1 } })
    assert.deepEqual(granted.map(g => g.qos), [0, 1])
    for (let n = 0; n < 100; n++) {
      await p.publishAsync(`${topic}/${n % 2}`, String(n), { qos: n % 4 > 1 ? 1 : 0 })
    }
    await until(() => s.messages.length >= 100, '100 messages')
    assert.deepEqual(texts(s), Array.from({ length: 100 }, (_, n) => String(n)))
    s.messages.forEach((m, n) => assert.equal(m.packet.qos, n % 4 === 3 ? 1 : 0))
  },

  async 'one-to-many-and-none' () {
    const many = await Promise.all(Array.from({ length: 20 }, () => connect()))
    await Promise.all(many.map(c => c.subscribeAsync(topic, { qos: 1 })))
    const p = await connect()
    await p.publishAsync(`${topic}/nobody`, 'x', { qos: 1 })
    await p.publishAsync(topic, 'all', { qos: 1 })
    await until(() => many.every(c => c.messages.length === 1), '20 messages')
  },

  async retained () {
    const p = await connect()
    await p.publishAsync(topic, 'kept', { qos: 1, retain: true })
    const s = await connect()
    await s.subscribeAsync(topic, { qos: 1 })
    await until(() => s.messages.length === 1, 'the retained message')
    assert.equal(s.messages[0].packet.retain, true)
    await p.publishAsync(topic, 'live', { qos: 1, retain: true })
    await until(() => s.messages.length === 2, 'the live message')
    assert.equal(s.messages[1].packet.retain, false)
    await p.publishAsync(topic, '', { qos: 1, retain: true })
  },

  async will () {
    const watcher = await connect()
    await watcher.subscribeAsync(`${topic}/#`, { qos: 1 })
    const will = t => ({ will: { topic: `${topic}/${t}`, payload: 'gone', qos: 1, retain: false } })
    const [good, bad] = [await connect(will('good')), await connect(will('bad'))]
    await good.endAsync()
    bad.stream.destroy()
    await until(() => watcher.messages.length === 1, 'the will', 2000)
    await watcher.publishAsync(`${topic}/fence`, 'fence', { qos: 1 })
    await until(() => watcher.messages.length === 2, 'the fence')
    assert.deepEqual(watcher.messages.map(m => m.topic), [`${topic}/bad`, `${topic}/fence`])
  },

  async wildcards () {
    const [s, p] = [await connect(), await connect()]
    await s.subscribeAsync([`${topic}/+/t`, `${topic}/a/#`, `${topic}/end`])
    for (const t of ['x/t', '/t', 't', 'a', 'a/b/c', 'b/c', 'x/y/t', 'end']) {
      await p.publishAsync(`${topic}/${t}`, t, { qos: 1 })
    }
    await until(() => texts(s).includes('end'), 'the last message')
    assert.deepEqual(texts(s), ['x/t', '/t', 'a', 'a/b/c', 'end'])
    await s.unsubscribeAsync(`${topic}/+/t`)
    await p.publishAsync(`${topic}/x/t`, 'no', { qos: 1 })
    await p.publishAsync(`${topic}/end`, 'fence', { qos: 1 })
    await until(() => s.messages.length > 5, 'the fence')
    assert.equal(texts(s)[5], 'fence')
  },

  async 'a-megabyte' () {
    const [s, p] = [await connect(), await connect()]
    await s.subscribeAsync(topic, { qos: 1 })
    const payload = crypto.randomBytes(1 << 20)
    for (const qos of [0, 1]) {
      await p.publishAsync(topic, payload, { qos })
      await until(() => s.messages.length > qos, 'the megabyte', 20000)
      assert(s.messages[qos].payload.equals(payload))
    }
  },

  async 'kept-session' () {
    const options = { clientId: `js-kept-${process.pid}`, clean: false }
    if (version === '5') options.properties = { sessionExpiryInterval: 60 }
    const s = await connect(options)
    await s.subscribeAsync(topic, { qos: 1 })
    s.stream.destroy()
    await until(() => !s.connected, 'the end')
    const p = await connect()
    for (let n = 0; n < 10; n++) await p.publishAsync(topic, String(n), { qos: 1 })
    // Messages may come with the CONNACK: listen before it.
    const again = mqtt.connect(url, {
      protocolVersion, reconnectPeriod: 0, ...options
    })
    clients.push(again)
    const got = []
    let present
    again.on('connect', connack => { present = connack.sessionPresent })
    again.on('message', (_, payload) => got.push(payload.toString()))
    await until(() => got.length >= 10, '10 messages')
    assert.equal(present, true)
    assert.deepEqual(got, Array.from({ length: 10 }, (_, n) => String(n)))
  },

  async '200-clients-at-once' () {
    const all = await Promise.all(Array.from({ length: 200 }, () => connect()))
    const collector = await connect()
    await collector.subscribeAsync(`${topic}/up/+`, { qos: 1 })
    await Promise.all(all.map(c => c.subscribeAsync(`${topic}/down`, { qos: 1 })))
    await Promise.all(all.map((c, n) => c.publishAsync(`${topic}/up/${n}`, String(n), { qos: 1 })))
    for (let n = 0; n < 10; n++) await collector.publishAsync(`${topic}/down`, String(n), { qos: 1 })
    await until(() => collector.messages.length >= 200, '200 messages up')
    assert.equal(new Set(texts(collector)).size, 200)
    await until(() => all.every(c => c.messages.length >= 10), '2000 messages down')
    const wanted = Array.from({ length: 10 }, (_, n) => String(n))
    all.forEach(c => assert.deepEqual(texts(c), wanted))
  },

  async 'shared-subscription' () {
    const group = await Promise.all([connect(), connect()])
    for (const c of group) await c.subscribeAsync(`$share/js/${topic}/+`, { qos: 1 })
    const p = await connect()
    for (let n = 0; n < 40; n++) await p.publishAsync(`${topic}/${n}`, String(n), { qos: 1 })
    await until(() => group[0].messages.length + group[1].messages.length >= 40, '40 messages')
    await sleep(200)
    assert.equal(new Set([...texts(group[0]), ...texts(group[1])]).size, 40)
    assert(group.every(c => c.messages.length > 0), 'one of two who share gets nothing')
  },

  async properties () {
    const [s, p] = [await connect(), await connect()]
    await s.subscribeAsync(topic, { qos: 1, properties: { subscriptionIdentifier: 7 } })
    const properties = {
      payloadFormatIndicator: true,
      contentType: 'text/plain',
      responseTopic: 'answer',
      correlationData: Buffer.from([0, 1]),
      userProperties: { unit: ['C', 'K'] }
    }
    await p.publishAsync(topic, '21', { qos: 1, properties })
    await until(() => s.messages.length === 1, 'the message')
    const got = { ...s.messages[0].packet.properties }
    assert.equal(got.subscriptionIdentifier, 7)
    delete got.subscriptionIdentifier
    got.userProperties = { ...got.userProperties }
    assert.deepEqual(got, properties)
  },

  async 'unsubscribe-reason-codes' () {
    const c = await connect()
    await c.subscribeAsync(topic)
    const codes = []
    c.on('packetreceive', p => { if (p.cmd === 'unsuback') codes.push(...p.granted) })
    await c.unsubscribeAsync([topic, `${topic}/never`]).catch(() => {})
    assert.deepEqual(codes, [0x00, 0x11])
  }
}

const timer = setTimeout(() => { console.log('it does not end'); process.exit(1) }, 40000)
cases[name]()
  .then(() => Promise.all(clients.map(c => c.endAsync(true).catch(() => {}))))
  .then(() => { clearTimeout(timer); process.exit(0) })
  .catch(error => { console.log(String(error.message).replace(/\s+/g, ' ')); process.exit(1) })
