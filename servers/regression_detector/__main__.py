from regression_detector.server import main

main()
