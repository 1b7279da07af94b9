import sys

from tools.lint.run import main

sys.exit(main())
