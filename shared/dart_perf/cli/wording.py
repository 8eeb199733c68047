"""Remedies for a shell: workflows name the tools of the servers, where a person types a command."""

import re

PLACE = r"(?<![\w/.'-]){}(?![\w/'-]|\.\w)"
"""A tool's name in a sentence, not as a part of a path or as somebody's scenario."""
COMMANDS = (
    (r"compare_with_baseline\(scenario='([^']+)'\)", r"dart-perf-baseline --compare --scenario \1"),
    (
        r"update_baseline\(action='promote', baseline='([^']+)', why=\.\.\.\)",
        r'dart-perf-baseline --promote \1 --why "..."',
    ),
    (PLACE.format("compare_with_baseline"), "dart-perf-baseline --compare"),
    (PLACE.format("capture_baseline"), "dart-perf-baseline --capture"),
    (PLACE.format("update_baseline"), "dart-perf-baseline --promote"),
    (PLACE.format("list_baselines"), "dart-perf-baseline --list"),
    (PLACE.format("import_results"), "dart-perf-baseline --import FILE --format json"),
    (PLACE.format("query_trends"), "dart-perf-intelligence --analyze-trends"),
    (PLACE.format("find_change_points"), "dart-perf-intelligence --analyze-trends"),
    (PLACE.format("detect_regressions"), "dart-regression-detector --analyze"),
    (PLACE.format("check_gate"), "dart-regression-detector --gate"),
    (r"Leave the argument out\.", "Leave the option out."),
)
"""What stands in the workflows' texts, and what does the same here."""


def for_a_shell(text: str) -> str:
    """Return the text with commands in place of tools."""
    for tool, command in COMMANDS:
        text = re.sub(tool, command, text)
    return text
