"""`python -m sebrus`."""

from sebrus.cli import main

main()
