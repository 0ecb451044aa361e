"""``python -m tensorboard_plugin_histdiag.cli``, where the script ``histdiag`` is not on the path."""

import sys

from . import main

if __name__ == "__main__":
    sys.exit(main())
