"""`python -m papo`, the same as `papo`."""

from __future__ import annotations

import sys

from papo.cli import main

sys.exit(main())
