"""`as_of`: what had been known at a moment, of bars and what follows from them.

A signal counts from the bar on that it follows from: what that bar says was known then, also
where a worker came to it later.
"""

from __future__ import annotations

import re
from datetime import timedelta

from starlette.requests import Request

from api.params import time_or_none
from api.problems import parameter_problem
from api.reads.protocol import EPOCH
from api.services import services
from schemas.series import Series
from streams.producer import partition_of

AS_OF = "as_of"
OFFSET = re.compile(r"[0-9]{1,18}")
MILLISECOND = timedelta(milliseconds=1)


async def cuts_of(request: Request, series: Series | None = None) -> tuple[int, ...] | None:
    """For each partition of the bars, the offset below which its records count; None counts all.

    An offset is that of a bar of the `series`, and counts itself; without a series there must be
    a time.
    """
    value = request.query_params.get(AS_OF)
    if value is None:
        return None
    shared = services(request)
    if OFFSET.fullmatch(value):
        if series is None:
            raise parameter_problem(
                AS_OF, "write a time: an offset is one of a series, of which these are several"
            )
        if not {"feed", "interval"} <= request.query_params.keys():
            raise parameter_problem(
                AS_OF, "an offset is one of a single series: give its feed and interval as well"
            )
        partitions = shared.settings.kafka.partitions
        own = partition_of(series.key.encode(), partitions)
        return tuple(int(value) + 1 if n == own else 0 for n in range(partitions))
    moment = time_or_none(request, AS_OF)
    assert moment is not None
    # In whole milliseconds, upwards: what was written before the moment counts.
    return await shared.cuts.at(-((EPOCH - moment) // MILLISECOND))
