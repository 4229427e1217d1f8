"""`durable adopt`: reads what CloudFormation has deployed, and writes an equivalent program that imports it."""
