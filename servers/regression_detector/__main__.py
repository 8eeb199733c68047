from dart_perf.system import enter

enter("regression_detector.server")
