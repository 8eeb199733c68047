from dart_perf.system import enter

enter("performance_monitor.server")
