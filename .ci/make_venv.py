"""Make a virtual environment, also on a Debian whose Python came without ensurepip.

Not called venv.py: a script's own folder comes first on the import path, and it would import itself.
"""

import os
import shutil
import subprocess
import sys
import venv

folder = sys.argv[1]
try:
    venv.EnvBuilder(with_pip=True, clear=True).create(folder)
except (subprocess.CalledProcessError, SystemExit):
    package = f"python3.{sys.version_info.minor}-venv"
    if os.geteuid() != 0:
        # Half an environment would pass for a whole one at the next attempt.
        shutil.rmtree(folder, ignore_errors=True)
        sys.exit(f"This Python cannot make virtual environments. Run: sudo apt-get install {package}")
    subprocess.run(["apt-get", "update", "-qq"], check=True, stdout=sys.stderr)
    subprocess.run(["apt-get", "install", "-qqy", "--no-install-recommends", package], check=True, stdout=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
