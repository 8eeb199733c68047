"""What a series did over its runs: levels, changes, slopes and patterns."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from dart_perf.model.change import ChangePoint
from dart_perf.model.detection import Detection
from dart_perf.model.measurement import Metric
from dart_perf.model.record import Record
from dart_perf.units import Base

Kind = Literal["step", "drift", "seasonal", "machine", "spread", "environment", "spike"]


class Slope(Record):
    """A steady trend over a stretch of a series; None where the points are too few to tell."""

    percent_per_run: float | None = None
    """Percent a run; above 0 it rises, whichever direction is better."""
    low: float | None = None
    high: float | None = None
    """`low` to `high` is the 95 % interval of `percent_per_run`; it holds 0 where no trend is shown."""
    p_value: float | None = Field(default=None, ge=0, le=1)
    """Of `no trend`, two-sided; autocorrelation is allowed for."""
    points: int = Field(ge=0)
    warnings: tuple[str, ...] = ()


class Season(Record):
    """A movement that comes back."""

    period: float = Field(ge=2)
    """Runs from one crest to the next."""
    swing: float = Field(ge=1)
    """Crest / trough."""
    share: float = Field(ge=0, le=1)
    """Share of the variance around the levels that it explains."""


class Spike(Record):
    """A passing departure from the level: it came and went away."""

    first: int = Field(ge=0)
    last: int = Field(ge=0)
    """Points that lie apart, counted from 0."""
    ratio: float = Field(gt=0)
    """Their median / the level around them."""


class Movement(Record):
    """What the values of one series say, whatever they measure: points are counted from 0, above 1 it rose."""

    points: int = Field(ge=0)
    changes: tuple[ChangePoint, ...] = ()
    level: float
    """Median of the current regime, in the unit of the values."""
    start: int = Field(ge=0)
    """First point of the current regime."""
    slope: Slope | None = None
    """Of the current regime; None where too few points."""
    drift: float | None = Field(default=None, gt=0)
    """End of the current regime / its beginning along the slope, where that is more than chance."""
    season: Season | None = None
    spread: float | None = Field(default=None, gt=0)
    """Spread around the levels in the last third of the points / in the first, where it grew steadily."""
    spikes: tuple[Spike, ...] = ()


class CommitRange(Record):
    """Where a change came in: after one commit up to and with another."""

    after: str | None = None
    """Last commit that still had the old level; None where the source names none."""
    up_to: str | None = None
    """First commit by which the new level had certainly begun."""
    commits: int | None = Field(default=None, ge=0)
    """Commits in the range; 0: both levels were measured on one commit. None where git does not know them."""
    runs: int = Field(ge=1)
    """Runs in the range."""


class Change(Record):
    """A lasting change of level of one series."""

    series: str
    benchmark: str
    metric: str
    unit: Base
    ratio: float | None = None
    """Above 1 is worse; None where a level is 0 or less."""
    before: float
    after: float
    """Levels in base units."""
    range: CommitRange
    runs_since: int = Field(ge=1)
    """Runs measured at the new level, up to the next change."""
    is_current: bool
    """True: no later change; the series still has the new level."""
    p_value: float
    """Of `no change here`, adjusted for every place looked at."""
    together: float | None = None
    """Ratio by which every benchmark of the machine moved here (above 1 is worse): machine, not code."""
    own: float | None = None
    """What is left of `ratio` without that; None where it is no more than what benchmarks differ by anyway."""


class Pattern(Record):
    """A named behaviour of a series."""

    kind: Kind
    said: str
    """What was found, in one sentence."""
    ratio: float | None = None
    """Its size; above 1 is worse."""


class Trend(Record):
    """One series."""

    series: str
    """Read all of it as perf://series/{series}."""
    benchmark: str
    metric: str
    unit: Base
    environment: str
    """Fingerprint; empty for exact metrics."""
    points: int
    """Runs in the window."""
    level: float
    """Current level, base units."""
    level_runs: int
    """Runs at that level."""
    ratio: float | None = None
    """Current level against that of the window's first runs; above 1 is worse."""
    slope: float | None = None
    slope_low: float | None = None
    slope_high: float | None = None
    """Percent a run of the current regime with its 95 % interval; positive is worse."""
    patterns: tuple[Pattern, ...] = ()
    sparkline: str = ""


class TrendList(Record):
    """A page of series, the worst first."""

    summary: str
    """The verdict in one sentence."""
    trends: tuple[Trend, ...]
    total: int = Field(ge=0)
    """Series that match."""
    worse: int = Field(ge=0)
    """Of them, whose current level is worse by a step or drift that is not the machine's."""
    better: int = Field(ge=0)
    too_few: int = Field(ge=0)
    """Series with too few points to say anything."""
    window: int | None = None
    """Newest points of each series that were read; None: all."""
    next_cursor: str | None = None
    """Give it as `cursor` for the next page."""
    warnings: tuple[str, ...] = ()
    next_step: str = ""


class ChangeList(Record):
    """A page of changes, the newest first."""

    summary: str
    """The verdict in one sentence."""
    changes: tuple[Change, ...]
    total: int = Field(ge=0)
    """Changes found."""
    series: int = Field(ge=0)
    """Series looked at."""
    too_few: int = Field(ge=0)
    """Series with too few points to say anything."""
    window: int | None = None
    """Newest points of each series that were read; None: all."""
    next_cursor: str | None = None
    """Give it as `cursor` for the next page."""
    warnings: tuple[str, ...] = ()
    next_step: str = ""


class SeriesPage(Record):
    """One series with a page of its values, oldest first."""

    series: str
    benchmark: str
    group: str
    metric: Metric
    environment: str
    """Fingerprint; empty for exact metrics."""
    total: int = Field(ge=1)
    """Values it has."""
    first: int = Field(ge=0)
    """Number of the first value of this page, counted from 0."""
    values: tuple[float, ...]
    """One a run, base units."""
    commits: tuple[str | None, ...]
    runs: tuple[str, ...]
    """Where each value comes from."""
    changes: tuple[Change, ...]
    """All changes of level as they were measured, oldest first; query_trends tells which are the machine's."""
    starts: tuple[int, ...]
    """Number of the first value behind each change."""
    movement: Movement
    """Slope, season and spread; points counted from 0."""
    earlier: str | None = None
    """Address of the page before; None on the first."""


class TrendAnalysis(Record):
    """New results held against a baseline or their history, and the trends of their series with them."""

    summary: str
    """The verdict in one sentence."""
    results: str
    """File or run that was analysed."""
    detection: Detection
    """Against the baseline, or without one against the history: it decides."""
    trends: TrendList | None = None
    """None where nothing is stored of these series."""
    appended: int = Field(ge=0)
    """Series whose history has the results as its newest points here; nothing was stored."""
    new: tuple[str, ...] = ()
    """Series of the results of which no history is stored."""
    warnings: tuple[str, ...] = ()


class TrendReport(Record):
    """Everything that a report on the history shows."""

    trends: TrendList
    changes: ChangeList
    series: tuple[SeriesPage, ...] = ()
    """Values of the series that are drawn, the worst first."""


class Round(Record):
    """What one look at the history found that the one before had not."""

    number: int = Field(ge=1)
    when: datetime
    summary: str
    """The state in one sentence."""
    points: int = Field(ge=0)
    """Values that are new since the round before."""
    news: tuple[str, ...] = ()
    """What changed since the round before, one line each."""
    worse: int = Field(ge=0)
    """Series whose current level is worse, as in a list of trends."""
