"""Taking over what CloudFormation has deployed: reading it, and writing the program that says the same."""
