"""The session image of firmware/, a Cortex-M3 and a RISC-V under QEMU, whose line is cut within a
handshake: it goes on from its snapshot, and no message is lost or comes twice that must not."""

import os
import select
import socket
import threading

from cases_firmware import QEMU, said, weight
from harness import HOST, Proc, case, expect

CORTEX, RISCV = "mqtt-session", "mqtt-session-riscv32"
RISCV_QEMU = ["qemu-system-riscv32", "-M", "virt", "-bios", "none", *QEMU[3:]]
# What is swallowed, and then nothing more passes: who sends it, and its first byte.
PUBLISH_2, PUBREC, PUBREL, PUBCOMP = ("image", 0x34), ("broker", 0x50), ("image", 0x62), ("broker", 0x70)
PUBACK, HEARD_2, RELEASED_2, RECEIVED_2 = ("broker", 0x40), ("broker", 0x34), ("broker", 0x62), ("image", 0x50)


class Line(threading.Thread):
    """Between an image and its broker. It is cut once; whatever comes before the next CONNECT is lost."""

    def __init__(self, port, cut):
        super().__init__(daemon=True)
        self.broker_port, self.cut, self.was_cut = port, cut, False
        self.server = socket.create_server((HOST, 0))
        self.port = self.server.getsockname()[1]
        self.image = self.broker = None
        self.start()

    def run(self):
        self.server.settimeout(20)
        self.image, _ = self.server.accept()
        held = {"image": b"", "broker": b""}
        while True:
            ends = {"image": self.image, "broker": self.broker}
            ready, _, _ = select.select([end for end in ends.values() if end], [], [], 20)
            for who in [who for who, end in ends.items() if end in ready]:
                data = ends[who].recv(1000)
                if not data:
                    return
                frames, held[who] = packets(held[who] + data)
                for frame in frames:
                    self.passes(who, frame)
                if self.broker is None:
                    held["broker"] = b""
                    break

    def passes(self, who, frame):
        if (who, frame[0]) == self.cut and not self.was_cut:
            self.was_cut = True
            self.broker.close()
            self.broker = None
        elif self.broker is None and who == "image" and frame[0] == 0x10:
            self.broker = socket.create_connection((HOST, self.broker_port))
        if self.broker:
            (self.broker if who == "image" else self.image).sendall(frame)


def packets(data):
    """The whole packets at the start, all shorter than 128 bytes, and the rest."""
    found = []
    while len(data) > 1 and len(data) >= 2 + data[1]:
        found.append(data[: 2 + data[1]])
        data = data[2 + data[1] :]
    return found, data


class Board:
    """An image at its broker, and a subscriber that hears what it publishes."""

    def __init__(self, env, name, broker_port, version, cut):
        self.env, self.name, self.cut = env, name, cut
        self.topic = f"{name}-{version}"
        ask = ["-h", HOST, "-p", str(broker_port), "-q", "2", "-d", "-F", "MSG %p", "-t", self.topic]
        self.subscriber = Proc("stdbuf", "-oL", "mosquitto_sub", *ask)
        self.subscriber.line("received SUBACK")
        self.line = Line(broker_port, cut)
        qemu = list(QEMU if name == CORTEX else RISCV_QEMU)
        qemu[qemu.index("-semihosting-config") + 1] += f",arg=session,arg={version},arg={self.topic}"
        serial = ["-serial", f"tcp:{HOST}:{self.line.port}"]
        self.proc = Proc(*qemu, *serial, "-kernel", os.path.join(env.images, name))

    def survives(self):
        lines = said(self.proc)
        where = f"{self.name} {self.cut}"
        expect(self.line.was_cut, True, where)
        expect([line for line in lines if line[:4] in ("conn", "cut ", "unsu", "disc")], [
            "connected, session present: false",
            "cut off: nothing came in time",
            "connected, session present: true",
            "unsubscribed",
            "disconnected",
        ], where)
        # Told again where it was not kept yet, and then the broker may know the message no more.
        told = {line for line in lines if line.startswith("done")}
        expect({line[:6] for line in told}, {"done 2", "done 3"}, where)
        ends = {f"done {n}: {end}" for n in (2, 3) for end in ("Success", "Packet Identifier not found")}
        expect(told <= ends, True, f"{where} {told}")
        # Only of the message of QoS 1 whose PUBACK is lost there may be two.
        self.subscriber.line("MSG 3")
        for heard, word in ((lines, "heard"), (self.subscriber.lines, "MSG")):
            counts = [heard.count(f"{word} {n}") for n in (1, 2, 3)]
            expect(counts, [1, 2 if self.cut == PUBACK else 1, 1], where)
        return f"{self.name}: {weight(self.env, self.name, lines)}"


def survives(env, broker, version, *cuts):
    """Both boards at once, each cut off at another place."""
    port = env.port if broker == "gateway" else env.mosquitto_port
    boards = [Board(env, name, port, version, cut) for name, cut in zip((CORTEX, RISCV), cuts)]
    return ", ".join(board.survives() for board in boards)


for broker, version, *cuts in (
    ("mosquitto", "5", PUBREC, PUBLISH_2),
    ("mosquitto", "3.1.1", PUBCOMP, PUBREL),
    ("gateway", "5", HEARD_2, RECEIVED_2),
    ("gateway", "3.1.1", RELEASED_2, PUBACK),
):
    case(f"firmware-session-{broker}-{version}", broker, version, *cuts, gateway_only=True)(survives)
