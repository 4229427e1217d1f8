"""The component package as the official CLI starts it."""

from pulumi_durable_functions.plugin import main

if __name__ == "__main__":
    main()
