"""What the tests hold the code to and docs/ shows: it is neither's, so that neither imports the other for it."""
