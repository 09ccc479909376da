"""办件编号: the number of a case, implementation code + date + serial (GB/T 39046-2020 tables 5 to 15, an..50)."""

from datetime import date

from services.chassis.errors import FailedPrecondition, ResourceExhausted

WIDTH = 50
SERIAL_DIGITS = 6


class MatterHasNoCode(FailedPrecondition):
    """A number begins with the matter's implementation code, and the matter has none."""

    zh = "事项“{matter}”没有实施编码，不能编号"
    en = "the matter {matter} has no implementation code: its cases cannot be numbered"


class NumbersExhausted(ResourceExhausted):
    """One matter took more cases in a day than the serial has room for."""

    zh = "{series} 当日的办件编号已用完"
    en = "the numbers of {series} are used up for the day"


def series(implementation_code: str, day: date, *, matter: str = "") -> str:
    """What the numbers of one matter on one day begin with; raises MatterHasNoCode."""
    if not implementation_code:
        raise MatterHasNoCode(matter=matter)
    return f"{implementation_code}{day:%Y%m%d}"


def number(series: str, serial: int) -> str:
    """The number of the `serial`-th case of its series, from 1; raises NumbersExhausted past 999,999."""
    if not 1 <= serial < 10**SERIAL_DIGITS:
        raise NumbersExhausted(series=series)
    return f"{series}{serial:0{SERIAL_DIGITS}d}"
