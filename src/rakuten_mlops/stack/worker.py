"""A process that answers requests: how it deals with memory, settled before it does anything."""

import gc
from typing import Any

from rakuten_mlops.memory import give_back_large_blocks, look_for_garbage_seldom, share_one_heap

# More than most arrays of a batch, less than the 19 MiB of a password's check: those would stay,
# once for each thread that checks passwords.
LARGE = 4 * 2**20


def application() -> Any:
    """Return the application of one worker; settings come from its environment."""
    give_back_large_blocks(LARGE)
    share_one_heap()
    # What is imported lives as long as the process: looking for garbage in it would lengthen the
    # start, and later, every now and then, an answer.
    gc.disable()
    from rakuten_mlops.api.app import worker

    app = worker()
    gc.freeze()
    look_for_garbage_seldom()
    gc.enable()
    return app
