"""``python -m inventory_api``."""

from inventory_api.cli import main

if __name__ == "__main__":
    main()
