import os
from threading import Thread

from django.core.wsgi import get_wsgi_application

from fondaco.kernel.serving import end_beside

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.config.settings")
application = get_wsgi_application()
if (
    "FONDACO_BESIDE" in os.environ
):  # set by `fondaco serve`: a server killed outright leaves no worker on its port
    end_beside(int(os.environ["FONDACO_BESIDE"]))


def _warm() -> None:
    """Load the compiled kernels behind the first answers; until then the same answers come without them.

    What is loaded by then stays as long as the server, so the collector need not walk it in the middle of a request.
    """
    import fcntl
    import gc
    from pathlib import Path

    from django.db import connections

    from fondaco.kernel import clock
    from fondaco.systems.logistics import public as logistics

    try:
        # Workers start together: on a new machine the first compiles (some 15 s), the others wait and read its cache.
        with Path(__file__).open(encoding="utf-8") as one_at_a_time:
            fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
            logistics.warm_quoting()
            logistics.warm_routing(now=clock.now())
    finally:
        connections.close_all()
        gc.freeze()


Thread(target=_warm, name="warm", daemon=True).start()
