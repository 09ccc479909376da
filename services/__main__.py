"""`python -m services identity matters …` serves several services in one process, as a small hall's server does."""

import sys

from services.chassis import run

if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    run.serve(sys.argv[1:])
