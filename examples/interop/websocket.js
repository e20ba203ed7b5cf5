// One case with a WebSocket of Node's: node websocket.js LIBRARY CASE URL TOPIC. Exit code 0 if it holds.
'use strict'
const assert = require('node:assert/strict')
const crypto = require('node:crypto')

const [library, name, url, topic] = process.argv.slice(2)
const WebSocket = library === 'ws' ? require('ws') : require('undici').WebSocket

const text = s => Buffer.concat([Buffer.from([s.length >> 8, s.length & 255]), Buffer.from(s)])
function packet (first, ...parts) {
  const body = Buffer.concat(parts)
  const length = []
  let rest = body.length
  do {
    length.push((rest & 127) | (rest > 127 ? 128 : 0))
    rest >>= 7
  } while (rest)
  return Buffer.concat([Buffer.from([first, ...length]), body])
}
const CONNECT = packet(0x10, text('MQTT'), Buffer.from([4, 2, 0, 60]), text(''))
const CONNACK = Buffer.from([0x20, 2, 0, 0])
const subscribe = () => packet(0x82, Buffer.from([0, 1]), text(topic), Buffer.from([0]))
const SUBACK = Buffer.from([0x90, 3, 0, 1, 0])
const publish = payload => packet(0x30, text(topic), payload)

/// A socket whose binary messages are a stream of bytes.
function open (protocols = ['mqtt'], options) {
  const socket = library === 'ws' ? new WebSocket(url, protocols, options) : new WebSocket(url, protocols)
  socket.binaryType = 'arraybuffer'
  let data = Buffer.alloc(0)
  let wake = () => {}
  socket.addEventListener('message', event => {
    assert.notEqual(typeof event.data, 'string')
    data = Buffer.concat([data, Buffer.from(event.data)])
    wake()
  })
  socket.closed = new Promise(resolve => socket.addEventListener('close', e => resolve(e)))
  socket.failed = new Promise(resolve => socket.addEventListener('error', resolve))
  socket.opened = new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', event => reject(new Error(event.message || 'refused')))
  })
  socket.opened.catch(() => {})
  socket.expect = async wanted => {
    while (data.length < wanted.length) await new Promise(resolve => { wake = resolve })
    assert.deepEqual(data.subarray(0, wanted.length), wanted)
    data = data.subarray(wanted.length)
  }
  return socket
}

async function connected (options) {
  const socket = open(['mqtt'], options)
  await socket.opened
  assert.equal(socket.protocol, 'mqtt')
  socket.send(CONNECT)
  await socket.expect(CONNACK)
  return socket
}

const cases = {
  async messages () {
    const socket = await connected()
    socket.send(subscribe())
    await socket.expect(SUBACK)
    for (const size of [0, 1, 125, 126, 65500, 65536, 300000]) {
      const sent = publish(crypto.randomBytes(size))
      socket.send(sent)
      await socket.expect(sent)
    }
    // Two packets in one message, one packet in two.
    const sent = publish(Buffer.from('x'))
    socket.send(Buffer.concat([sent, sent]))
    await socket.expect(Buffer.concat([sent, sent]))
    socket.send(sent.subarray(0, 3))
    socket.send(sent.subarray(3))
    await socket.expect(sent)
    socket.close(1000)
    assert.equal((await socket.closed).code, 1000)
  },

  async fragments () {
    const socket = await connected()
    socket.send(subscribe())
    await socket.expect(SUBACK)
    const sent = publish(crypto.randomBytes(1000))
    for (const byte of sent) socket.send(Buffer.from([byte]), { fin: false })
    socket.send(Buffer.alloc(0), { fin: true })
    await socket.expect(sent)
    socket.close()
    await socket.closed
  },

  async text () {
    const socket = await connected()
    socket.send('a text')
    assert.equal((await socket.closed).code, 1003)
  },

  async refused () {
    for (const protocols of [['chat'], []]) {
      const socket = open(protocols)
      await assert.rejects(socket.opened)
    }
    const several = open(['chat', 'mqtt'])
    await several.opened
    assert.equal(several.protocol, 'mqtt')
    several.close()
    await several.closed
  },

  async close () {
    for (const [code, reason] of [[1000, ''], [3000, 'over'], [4999, 'x'.repeat(123)]]) {
      const socket = await connected()
      socket.close(code, reason)
      const closed = await socket.closed
      assert.equal(closed.code, code)
      assert.equal(closed.wasClean ?? true, true)
    }
    // MQTT's own farewell.
    const socket = await connected()
    socket.send(Buffer.from([0xE0, 0]))
    assert.equal((await socket.closed).code, 1000)
  },

  async pings () {
    const socket = await connected()
    for (const payload of ['', 'x', 'y'.repeat(125)]) {
      const pong = new Promise(resolve => socket.once('pong', resolve))
      socket.ping(payload)
      assert.equal((await pong).toString(), payload)
    }
    socket.close()
    await socket.closed
  },

  async deflate () {
    const socket = await connected({ perMessageDeflate: { threshold: 0 } })
    assert.equal(socket.extensions, '')
    socket.close()
    await socket.closed
  }
}

setTimeout(() => { console.error('not in time'); process.exit(1) }, 15000).unref()
cases[name]().then(() => process.exit(0), error => { console.error(error.message); process.exit(1) })
