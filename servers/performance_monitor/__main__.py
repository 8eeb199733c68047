from performance_monitor.server import main

main()
