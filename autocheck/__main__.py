"""`python -m autocheck` is the command `autocheck`."""

import sys

from autocheck.cli import main

if __name__ == "__main__":
    sys.exit(main())
