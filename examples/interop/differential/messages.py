"""Datagrams for the comparison: valid messages of many kinds, and what mutation makes of them.

All chance comes from one seeded generator, so that a number names a datagram for ever.
"""

import random

NUMBERS = [1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 15, 16, 17, 19, 20, 21, 23, 27, 28, 31, 35, 39]
NUMBERS += [60, 252, 258, 259, 292, 2048, 65000, 65535]
REQUESTS = [1, 2, 3, 4, 5, 6, 7]
RESPONSES = [65, 66, 67, 68, 69, 95, 128, 129, 130, 131, 132, 133, 134, 136, 137, 140, 141, 143]
RESPONSES += [150, 157, 160, 161, 162, 163, 164, 165, 168]
SIGNALS = [225, 226, 227, 228, 229]
RESERVED = [8, 31, 32, 63, 96, 127, 192, 223, 230, 255]


def header(kind, code, message_id, token=b""):
    return bytes([1 << 6 | kind << 4 | len(token), code]) + message_id.to_bytes(2, "big") + token


def option(delta, value, delta_nibble=None, length_nibble=None):
    """An option; the nibbles can be set to what does not go with the rest."""
    d, delta_more = extended(delta)
    n, length_more = extended(len(value))
    d = d if delta_nibble is None else delta_nibble
    n = n if length_nibble is None else length_nibble
    return bytes([d << 4 | n]) + delta_more + length_more + value


def extended(number):
    """RFC 7252 section 3.1: the nibble and the bytes behind it."""
    if number < 13:
        return number, b""
    if number < 269:
        return 13, bytes([number - 13])
    return 14, (number - 269).to_bytes(2, "big")


def message(kind, code, message_id, token=b"", options=(), payload=b""):
    """A whole message; options: pairs of number and value, in order."""
    data, last = header(kind, code, message_id, token), 0
    for number, value in options:
        data += option(number - last, value)
        last = number
    return data + (b"\xff" + payload if payload else b"")


def by_hand():
    """A message for each kind of trouble that parsers of the field have had, and its neighbours."""
    get = header(0, 1, 0x1234)
    rows = [message(kind, 0, 1) for kind in range(4)]
    rows += [bytes([first]) + get[1:] for first in (0x00, 0x80, 0xC0)]  # versions
    rows += [get[:n] for n in range(4)]  # nothing, and less than a header
    # Tokens: each length, cut, extended (RFC 8974) and cut.
    rows += [header(0, 1, 1, bytes(n)) for n in range(9)]
    rows += [bytes([0x40 | n]) + get[1:] + bytes(range(1, 16)) for n in range(9, 16)]
    rows += [b"\x48\x01\x00\x01" + bytes(n) for n in range(8)]
    rows += [b"\x4d\x01\x00\x01", b"\x4e\x01\x00\x01\x00", b"\x4d\x01\x00\x01\x00" + bytes(13)]
    # Empty messages with something in them.
    rows += [b"\x41\x00\x00\x01\xaa", b"\x40\x00\x00\x01\xb1a", b"\x40\x00\x00\x01\xffa"]
    rows += [b"\x40\x00\x00\x01\x00", b"\x60\x00\x00\x01\xff"]
    # Markers: without payload, twice, in front of 0xFF.
    rows += [get + b"\xff", get + b"\xb1a\xff", get + b"\xff\xff", get + b"\xff\xff\xff"]
    # Options cut at each place, ending with the datagram, of reserved nibbles.
    long = get + option(258, bytes(300)) + option(300, b"abc")
    rows += [long[:n] for n in list(range(4, 16)) + list(range(305, len(long) + 1))]
    rows += [get + bytes([first]) for first in range(0, 256, 5)]
    rows += [get + bytes([n << 4]) + bytes(4) for n in range(16)]
    rows += [get + bytes([n]) + bytes(600) for n in range(16)]
    # Numbers at and past 65535.
    rows += [get + b"\xe0\xfe\xf2", get + b"\xe0\xfe\xf3", get + b"\xe0\xff\xff"]
    rows += [get + b"\xe0\xfe\xf2" + more for more in (b"\x00", b"\x10", b"\xd0\x00", b"\xe0\0\0")]
    rows += [get + b"\xe0\x80\x00" * n for n in (2, 3)]
    # Lengths at and past the end.
    rows += [get + b"\x1e\xff\xff" + bytes(n) for n in (0, 100)]
    rows += [get + option(11, bytes(n)) for n in (0, 12, 13, 14, 255, 256, 268, 269, 270, 1200)]
    # Each known option at each small length, and repeated.
    rows += [get + option(number, bytes(n)) for number in NUMBERS for n in range(10)]
    rows += [get + option(number, b"x") + option(0, b"y") for number in NUMBERS]
    # Values of block and observe at their limits.
    for number in (6, 23, 27):
        rows += [get + option(number, v) for v in (b"\xff\xff\xff", b"\xff\xff\xff\xff", b"\x07", b"\x00")]
    rows += [header(kind, code, 9) for kind in range(4) for code in REQUESTS + RESPONSES + RESERVED]
    for code in SIGNALS:
        rows += [header(0, code, 9) + option(n, bytes(size)) for n in range(6) for size in range(6)]
    return rows


def ordinary(rng):
    """A valid message as devices send it."""
    code = rng.choice(REQUESTS + RESPONSES + RESPONSES)
    numbers = sorted(rng.choice(NUMBERS) for _ in range(rng.choice([0, 1, 2, 3, 3, 4, 8])))
    sizes = [0, 1, 1, 1, 2, 2, 3, 4, 5, 8, 12, 13, 14, 40, 255, 268, 269, 300]
    options = [(n, rng.randbytes(rng.choice(sizes[: rng.choice([5, 8, 12, 18])]))) for n in numbers]
    payload = rng.randbytes(rng.choice([0, 0, 1, 5, 64, 200]))
    token = rng.randbytes(rng.choice([0, 1, 2, 4, 4, 8]))
    return message(rng.randrange(4), code, rng.randrange(65536), token, options, payload)


def anything(rng):
    """Any options, known or not, of any number and length; perhaps with a wrong nibble."""
    data = header(rng.randrange(4), rng.randrange(256), rng.randrange(65536), rng.randbytes(rng.randrange(9)))
    for _ in range(rng.randrange(6)):
        delta = rng.choice([0, 1, rng.randrange(13), rng.randrange(300), rng.randrange(65536)])
        value = rng.randbytes(rng.choice([0, 1, 2, 3, 9, 13, 14, 270]))
        wrong = rng.choice([None] * 30 + [13, 14, 15])
        data += option(delta, value, wrong, rng.choice([None] * 30 + [13, 14, 15]))
    return data + rng.choice([b"", b"", b"\xff", b"\xffx", b"\xff" + rng.randbytes(20)])


def flip(rng, data, _):
    at = rng.randrange(len(data))
    data[at] ^= 1 << rng.randrange(8)


def put(rng, data, _):
    data[rng.randrange(len(data))] = rng.choice([0, 1, 12, 13, 14, 15, 0xD0, 0xE0, 0xF0, 0xFF, rng.randrange(256)])


def nibble(rng, data, _):
    """A length or a delta at one of its four forms."""
    at, new = rng.randrange(len(data)), rng.choice([0, 1, 8, 9, 12, 13, 14, 15])
    data[at] = data[at] & 0x0F | new << 4 if rng.random() < 0.5 else data[at] & 0xF0 | new


def token_length(rng, data, _):
    data[0] = data[0] & 0xF0 | rng.randrange(16)


def code(rng, data, _):
    data[min(1, len(data) - 1)] = rng.choice(REQUESTS + RESPONSES + SIGNALS + RESERVED + [0])


def cut(rng, data, _):
    del data[rng.randrange(len(data)) :]


def cut_a_little(rng, data, _):
    del data[-rng.randrange(1, 4) :]


def insert(rng, data, _):
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.randbytes(rng.choice([1, 1, 2, 3, 13]))


def remove(rng, data, _):
    at = rng.randrange(len(data))
    del data[at : at + rng.choice([1, 1, 2, 3])]


def repeat(rng, data, _):
    at = rng.randrange(len(data))
    data[at:at] = data[at : at + rng.randrange(1, 20)]


def splice(rng, data, other):
    at = rng.randrange(len(data))
    data[at:] = other[rng.randrange(len(other) + 1) :]


def marker(rng, data, _):
    data[rng.randrange(len(data) + 1) :] = b"\xff" + rng.randbytes(rng.randrange(3))


MUTATIONS = [flip, put, nibble, nibble, token_length, code, cut, cut_a_little, insert, remove, repeat]
MUTATIONS += [splice, marker]


def datagrams(seed, count):
    """The rows by hand first, then mutants of them and of messages made by chance."""
    rng, rows = random.Random(seed), by_hand()
    yield from rows[:count]
    for _ in range(count - len(rows)):
        base = rng.choice([rng.choice(rows), ordinary(rng), ordinary(rng), anything(rng)])
        data, other = bytearray(base), rng.choice([rng.choice(rows), ordinary(rng)])
        for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
            if data:
                rng.choice(MUTATIONS)(rng, data, other)
        yield bytes(data[:1500])


def over_tcp(datagram):
    """The same token, options and payload in a frame of RFC 8323 section 3.2 with the right length;
    None where the token does not end in the datagram, because then a stream waits for the rest."""
    if len(datagram) < 4:
        return None
    tkl, code, rest = datagram[0] & 15, datagram[1], datagram[4:]
    if tkl <= 8 and len(rest) < tkl:
        return None
    length = max(0, len(rest) - tkl)
    if length < 13:
        head, more = length, b""
    elif length < 269:
        head, more = 13, bytes([length - 13])
    else:
        head, more = 14, (length - 269).to_bytes(2, "big")
    return bytes([head << 4 | tkl]) + more + bytes([code]) + rest
