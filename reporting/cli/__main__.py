"""`python -m reporting.cli`."""

import sys

from reporting.cli.main import main

sys.exit(main())
