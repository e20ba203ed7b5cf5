// What llhttp, Node's parser, reads in messages that come on stdin, one line of JSON for each.
//
// A message is a letter, four bytes of length, and so many bytes. The letter: `q` a request, `s` a
// response, `h` a response to HEAD, `c` a response to CONNECT. Text and bytes are printed in hexadecimal.
'use strict'
const { HTTPParser, allMethods, methods } = process.binding('http_parser')

const input = require('node:fs').readFileSync(0)
const names = allMethods || methods
const hex = text => Buffer.from(text, 'latin1').toString('hex')
const pairs = flat => flat.map(hex).reduce((all, text, i) => {
  if (i % 2) all[all.length - 1].push(text)
  else all.push([text])
  return all
}, [])

function read (letter, bytes) {
  const request = letter === 'q'
  const got = { fields: [], body: '', trailers: [], complete: false }
  const parser = new HTTPParser()
  parser.initialize(request ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {})
  let early = [] // fields that come before the head is complete, where there are many
  let head = false
  let target = ''
  parser[HTTPParser.kOnHeaders | 0] = (fields, url) => {
    if (head) got.trailers.push(...pairs(fields))
    else { early = early.concat(fields); target += url }
  }
  parser[HTTPParser.kOnHeadersComplete | 0] =
    (major, minor, fields, method, url, status, reason, upgrade, keepAlive) => {
      head = true
      got.version = `${major}.${minor}`
      got.fields = pairs(early.concat(fields || []))
      if (request) Object.assign(got, { method: names[method], target: hex(target + (url || '')) })
      else Object.assign(got, { status, reason: hex(reason) })
      got.upgrade = upgrade
      got.keep_alive = keepAlive
      if (letter === 'h') return 1 // no body
      if (letter === 'c' && status >= 200 && status < 300) return 2 // a tunnel
      return 0
    }
  parser[HTTPParser.kOnBody | 0] = (buffer, start, length) => {
    const part = start === undefined ? buffer : buffer.subarray(start, start + length)
    got.body += part.toString('hex')
  }
  parser[HTTPParser.kOnMessageComplete | 0] = () => { got.complete = true }
  const consumed = parser.execute(bytes)
  if (consumed instanceof Error) {
    return { error: consumed.code, reason: consumed.reason, offset: consumed.bytesParsed }
  }
  got.rest = bytes.length - consumed
  const end = parser.finish()
  if (end instanceof Error) got.end = end.code
  return got
}

for (let at = 0; at < input.length;) {
  const letter = String.fromCharCode(input[at])
  const end = at + 5 + input.readUInt32BE(at + 1)
  console.log(JSON.stringify(read(letter, input.subarray(at + 5, end))))
  at = end
}
