"""What can be measured in a project, told from its files alone: nothing of it is run or imported."""
