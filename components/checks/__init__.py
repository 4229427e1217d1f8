"""What is checked before anything is made: arguments and their rules, ARNs, and the errors that name each problem."""
