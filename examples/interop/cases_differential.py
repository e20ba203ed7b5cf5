"""The same mutated messages to libcoap's parser and to ours."""

from differential import compare
from harness import Fail, case


@case("differential-100000-datagrams", gateway_only=True)
def differential(env):
    if not compare.run(env.bin_dir, 100_000, seed=1):
        raise Fail("a difference that no class explains")
