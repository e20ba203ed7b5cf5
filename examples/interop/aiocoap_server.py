"""A server on aiocoap, for our client: block-wise, observable, with separate responses.

    aiocoap_server.py PORT     prints "listens" when it does
"""

import asyncio
import logging
import sys

import aiocoap
import aiocoap.resource as resource
from aiocoap import Message

logging.getLogger("coap").setLevel(logging.CRITICAL)


class Stored(resource.Resource):
    """What was PUT or POSTed last, of any size."""

    def __init__(self):
        super().__init__()
        self.content = bytes(range(256)) * 20

    async def render_get(self, request):
        return Message(payload=self.content, content_format=42)

    async def render_put(self, request):
        self.content = request.payload
        return Message(code=aiocoap.CHANGED)

    async def render_post(self, request):
        return Message(code=aiocoap.CHANGED, payload=request.payload[::-1])

    async def render_delete(self, request):
        self.content = b""
        return Message(code=aiocoap.DELETED)

    async def render_fetch(self, request):
        at, _, length = request.payload.partition(b" ")
        return Message(code=aiocoap.CONTENT, payload=self.content[int(at) :][: int(length)])


class Separate(resource.Resource):
    """Answers after the acknowledgement has gone."""

    async def render_get(self, request):
        await asyncio.sleep(0.4)
        return Message(payload=b"late")


class Clock(resource.ObservableResource):
    """Counts five times in a second."""

    def __init__(self):
        super().__init__()
        self.count = 0

    async def tick(self):
        while True:
            await asyncio.sleep(0.2)
            self.count += 1
            self.updated_state()

    async def render_get(self, request):
        return Message(payload=b"tick %d" % self.count, content_format=0)


class Told(resource.Resource):
    """Says what the request had: query, Accept, token."""

    async def render_get(self, request):
        o = request.opt
        text = f"query={'&'.join(o.uri_query)} accept={int(o.accept)} token={request.token.hex()}"
        return Message(payload=text.encode(), content_format=0)


async def serve(port):
    site, clock = resource.Site(), Clock()
    for name, one in [
        ("stored", Stored()),
        ("separate", Separate()),
        ("clock", clock),
        ("told", Told()),
    ]:
        site.add_resource([name], one)
    links = resource.WKCResource(site.get_resources_as_linkheader)
    site.add_resource([".well-known", "core"], links)
    await aiocoap.Context.create_server_context(site, bind=("127.0.0.1", port))
    print("listens", flush=True)
    await clock.tick()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
