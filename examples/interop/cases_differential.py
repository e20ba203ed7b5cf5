"""The same mutated messages to libcoap's parser and to ours; what our HTTP encoder writes to llhttp."""

from differential import compare, llhttp
from harness import Fail, case


@case("differential-100000-datagrams", gateway_only=True)
def differential(env):
    if not compare.run(env.bin_dir, 100_000, seed=1):
        raise Fail("a difference that no class explains")


@case("differential-llhttp-20000-messages", gateway_only=True)
def what_llhttp_reads(env):
    wrong = llhttp.differences(env.bin_dir, 20_000, seed=1)
    if wrong:
        raise Fail(f"{len(wrong)} are read with another meaning, such as {wrong[0][:500]}")
