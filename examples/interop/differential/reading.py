"""A third reading of the standard, as plain as can be: RFC 7252 sections 3 and 4.1, for messages
over TCP RFC 8323 section 3.2. It judges who is right where two parsers differ."""


class Bad(Exception):
    """Why bytes are not a message; the text begins with the section."""


def read(transport, data):
    """Code, and pairs of option number and value; the verdict in the words of both programs."""
    try:
        if transport == "u":
            if len(data) < 4:
                raise Bad("RFC 7252 3: less than a header")
            if data[0] >> 6 != 1:
                raise Bad("RFC 7252 3: another version")
            start, code = f"{data[0] >> 4 & 3} {data[1]} {data[2] << 8 | data[3]}", data[1]
            rest = data[4:]
        else:
            at = 1 + {13: 1, 14: 2, 15: 4}.get(data[0] >> 4, 0)
            start, code = f"- {data[at]} -", data[at]
            rest = data[at + 1 :]
        token_length = data[0] & 15
        if token_length > 8:
            raise Bad("RFC 7252 3: a reserved Token Length")
        if len(rest) < token_length:
            raise Bad("RFC 7252 3: a token past the end")
        if code == 0 and (token_length or rest):
            raise Bad("RFC 7252 4.1: bytes in an Empty message")
        token, rest = rest[:token_length], rest[token_length:]
        options, payload = read_options(rest)
    except Bad as why:
        return None, [], f"bad {why}"
    shown = ",".join(f"{number}:{value.hex()}" for number, value in options)
    return code, options, f"ok {start} {token.hex() or '-'} {shown or '-'} {payload.hex() or '-'}"


def read_options(rest):
    options, number = [], 0
    while rest:
        if rest[0] == 0xFF:
            if len(rest) == 1:
                raise Bad("RFC 7252 3: a marker without payload")
            return options, rest[1:]
        first, rest = rest[0], rest[1:]
        delta, rest = extended(first >> 4, rest)
        length, rest = extended(first & 15, rest)
        number += delta
        if number > 65535:
            raise Bad("RFC 7252 12.2: an option number of more than 16 bits")
        if length > len(rest):
            raise Bad("RFC 7252 3.1: an option past the end")
        options.append((number, rest[:length]))
        rest = rest[length:]
    return options, b""


def extended(nibble, rest):
    if nibble == 15:
        raise Bad("RFC 7252 3.1: a reserved nibble")
    size = {13: 1, 14: 2}.get(nibble, 0)
    if len(rest) < size:
        raise Bad("RFC 7252 3.1: an option past the end")
    more = int.from_bytes(rest[:size], "big")
    return {13: 13 + more, 14: 269 + more}.get(nibble, nibble), rest[size:]
