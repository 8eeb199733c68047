"""The built-in DART scenarios: programs, run by path, that import dartpy and `dart_perf.collect.probe` alone."""
