"""The names of the formats that are read: a server or a command gives them without loading a reader."""

NAMES = (
    "go-test", "dart-perf", "dart-perf-baseline", "google-benchmark", "asv", "benchmarkdotnet", "cargo-bench", "catch2",
    "criterion", "dart-perf-record", "github-action-benchmark", "hyperfine", "jmh", "junit", "nanobench", "pyperf",
    "pytest-benchmark", "customSmallerIsBetter", "customBiggerIsBetter",
)  # fmt: skip
"""In the order in which `auto` asks them, see `table.FORMATS`."""
