"""What a month costs, when it changes in the middle of it. Pure."""

from calendar import monthrange
from datetime import datetime

from infraops.models.files.prices import HOURS_A_MONTH
from infraops.models.plans.cost import Cost, Forecast


def month_end(cost: Cost, now: datetime) -> Forecast:
    """Say what the calendar month (UTC) of `now` costs at most, if a change is made at once.

        spent   = hours gone / 730 · before
        to come = hours left / 730 · after

    Monthly prices are for 730 hours, so a month of 31 days costs 744/730 of one. "At most", because everything that
    is there is taken to have been there since the month began.
    """
    days = monthrange(now.year, now.month)[1]
    gone = (now.day - 1) * 24 + now.hour + now.minute / 60 + now.second / 3600
    return Forecast(
        month=f"{now:%Y-%m}",
        spent=round(gone / HOURS_A_MONTH * cost.before, 4),
        to_come=round((days * 24 - gone) / HOURS_A_MONTH * cost.after, 4),
        currency=cost.currency,
    )
